"""Which requests try to drop, read or replace the model's hidden instructions."""

from __future__ import annotations

from services.domain.screening_rules import NOTHING_SENT, phrase, rule, words

_INJECTION_FOUND = (
    f"The input was blocked because it {{}}; {NOTHING_SENT}. Remove that part and ask only your "
    "question."
)

# Injection, in English.
_DROP = (
    r"\b(?:ignore|disregard|forget|override|bypass|skip|drop|discard|dismiss|cancel|erase"
    r"|set aside|put aside|throw away|pay no attention to|(?:do not|don'?t) listen to"
    r"|stop (?:following|obeying)|(?:do not|don'?t|never|no longer|not have to)"
    r"(?: have to| need to)? (?:follow|obey))\s{1,3}"
)
_ORDERS = (
    r"(?:instructions?|prompts?|rules|guidelines?|restrictions|constraints|limitations"
    r"|system message)\b"
)
_WHOSE = (
    r"(?:previous|prev|prior|above|earlier|preceding|initial|original|system|safety|your|existing"
    r"|developer(?:'?s)?|former|given|hidden)"
)
_FILL = r"(?:(?:about|all|any|every|of|the|these|those|my|and|other|what)\s{1,3}){0,5}"
# What an AI is made free of.
_FREE = r"(?:unrestricted|uncensored|unfiltered|jailbroken)"
_WITHOUT = (
    r"(?:without(?: any)?|(?:with|has|have|having) no|no|that ignores(?: all)?) (?:\w{1,9} or )?"
    r"(?:rules|restrictions|filters?|limits|limitations|guidelines|ethics|morals)\b"
)
_AN_AI = r"(?:ai|assistant|model|bot|chatbot)\b"
# What is said of orders that shall bind nobody any more.
_VOID = (
    r"(?:void|changed|cancell?ed|invalid|no longer|not apply|don'?t apply|lifted|suspended|revoked"
    r"|removed|deleted|obsolete|(?:never|not) (?:written|exist|given|apply))"
)
_MAKER = r"(?:developers?|creators?|makers?|owners?|designers?|company|programmers?)"
_TELL = (
    r"\b(?:reveal|show|print|repeat|output|display|leak|disclose|tell|give|write|copy|share|dump"
    r"|paste|list|recite|summari[sz]e|translate|encode|describe|explain|quote|spell|convert|put"
    r"|complete|send|expose|return|state)\s"
)
# Injection, in Turkish. The imperative ends the word: "yok sayarsak" is no order.
_UNUT = (
    r"(?:unut|yok\s?say|dikkate\salma|gormezden\sgel|goz\sardi\set|bos\sver|devre\sdisi\sbirak"
    r"|kaldir|cigne|iptal\set|bir\skenara\s(?:birak|at|koy)|umursama|onemseme|takma|aldirma"
    r"|sil)(?:un|in|iniz|yin)?\b|(?:yok\ssay|dikkate\salma|gormezden\sgel|umursama|bos\sver)"
    r"(?:arak|erek|dan|madan|meden)\b"
)
_EMIRLER = r"(?:talimat|yonerge|komut|kural|kisitlama|prompt|sistem mesaj)"
# Not those of another noun: "sıfatların kuralları".
_NOT_OF = r"(?:(?<=senin )|(?<=sistemin )|(?<=butun )|(?<![iu]n ))"
_LUTFEN = r"(?:(?:ve|hepsini|tamamen|artik|lutfen|simdi|tumunu)\s{1,3}){0,3}"
_KIMIN = (
    r"(?:(?:tum|butun|sistem|sana|verilen|soylenen|onceki|yukaridaki|eski|ilk|gizli)\s{1,3}){1,4}"
)
_AYNEN = (
    r"(?:(?:bana|aynen|oldugu|gibi|tam|tamamen|kelimesi|kelimesine|lutfen|buraya|hepsini)\s{1,3})"
    r"{0,4}"
)
_GOSTER = (
    r"(?:goster|yaz|soyle|paylas|acikla|tekrarla|yazdir|listele|ver|kopyala|yapistir|sirala|cevir"
    r"|ozetle|anlat|dok|ifsa et)"
    r"(?:in|iniz|er misin|ar misin|ir misin|r misin|sana)?\b"
)
_CUES = (
    *("prompt", "instruction", "rules", "guideline", "restriction", "constraint", "limitation"),
    *("system message", "talimat", "yonerge", "komut", "kural", "kisitlama", "sistem mesaj"),
)

INJECTION_RULES = (
    rule(
        "instruction_override",
        _INJECTION_FOUND.format("tells the model to drop its instructions"),
        (
            *_CUES,
            "everything",
            "her seyi",
            "hepsini",
            "commands",
            "soylenenler",
            "developer",
            "told you",
        ),
        rf"{_DROP}{_FILL}(?:{_WHOSE}\s{{1,3}}){{1,3}}{_ORDERS}",
        rf"{_DROP}{_FILL}{_ORDERS}\s{{1,3}}{words(2)}you\s(?:\w{{1,9}}\s)?(?:received|got|have"
        rf"|know)\b",
        rf"\b(?<!our )(?<!my )(?:your|previous|above|system|earlier|developer'?s?)\s"
        rf"(?:\w{{1,12}}\s)?{_ORDERS}\W{{1,3}}"
        rf"{phrase(4)}{_VOID}",
        rf"{_DROP}{_FILL}(?:what|whatever|everything|anything)\s{phrase(2)}"
        rf"(?:{_MAKER}|system|you were|you have been)\s{phrase(2)}(?:told|said|set|given|taught"
        rf"|wrote)\b",
        rf"\b(?:none|any|all) of (?:your|the|these|those) (?:\w{{1,12}} )?{_ORDERS}\s{phrase(3)}"
        r"(?:apply|applies|count|bind|matter|hold)\b",
        rf"\b(?:you are|you're|be)\s{phrase(2)}free (?:from|of) (?:all |any )?(?:of )?"
        rf"(?:your|the|these|those) (?:\w{{1,12}} )?{_ORDERS}",
        rf"\b(?:as if|as though|pretend|imagine|suppose|assume)\s{phrase(1)}(?:your|the|those"
        rf"|these)\s"
        rf"(?:\w{{1,12}} )?{_ORDERS}\s{phrase(3)}(?:never|not|n't|do ?n.t|did ?n.t|gone|removed)\b",
        r"\bonly (?:my|mine|these) (?:\w{1,9} )?(?:commands|orders|instructions|rules|words)\s"
        r"(?:count|apply|matter)",
        rf"\b{_NOT_OF}{_EMIRLER}\w{{0,10}}\s{{1,3}}{_LUTFEN}{_UNUT}",
        rf"\b(?:sana |onceden )(?:\w{{1,12}} ){{0,2}}(?:soylenen|verilen|yazilan"
        rf"|ogretilen)\w{{0,6}}\s"
        rf"(?:\w{{1,12}} ){{0,2}}{_UNUT}",
        rf"\b{_EMIRLER}\w{{0,10}}[ae]\s(?:\w{{1,9}}\s){{0,2}}(?:uymak|bagli kalmak) zorunda degil",
        rf"\b{_EMIRLER}(?:lar|ler)(?:in|iniz)\s(?:\w{{1,9}}\s){{0,3}}(?:baglami|gecersiz|iptal"
        rf"|gecerli"
        r" degil|hukumsuz|yok artik|kalkti|silindi)",
        r"\bbenim (?:\w{1,9} )?(?:kural|komut|talimat|emir)larim gecerli",
        rf"{_DROP}{_FILL}(?:{_WHOSE}\s{{1,3}}){{1,3}}(?:\w{{1,12}}\s){{0,1}}{_ORDERS}",
        rf"{_DROP}{_FILL}{_ORDERS}\s{{1,3}}{words(3)}(?:above|before(?: this)?|so far"
        r"|(?:given )?to you|you (?:were|have been|are) (?:given|told))\b",
        rf"{_DROP}(?:absolutely )?everything\s{words(5)}(?:above|before|told)\b",
        rf"\b(?<!our )(?<!my )(?:your (?:\w{{1,12}} )?|earlier |previous ){_ORDERS}"
        rf"\W{{1,3}}{words(2)}"
        r"(?:void|changed|cancell?ed|invalid|no longer|not apply|don'?t apply|lifted|suspended)\b",
        rf"\b{_ORDERS}\W{{1,3}}(?:that )?you (?:were|have been) (?:given|told)\W{{1,3}}{words(3)}"
        r"(?:void|changed|cancell?ed|invalid|no longer|apply|lifted)\b",
        rf"\b{_KIMIN}(?:{_EMIRLER}\w{{0,10}}|her seyi)\s{{1,3}}{_LUTFEN}{_UNUT}",
        rf"\b{_NOT_OF}{_EMIRLER}(?:lar|ler)\w{{0,4}}\s{{1,3}}{_LUTFEN}{_UNUT}",
        r"\b(?:once|onceki|yukari\w{1,6}|sana)\s(?:\w{1,12}\s){0,3}(?:her seyi|hepsini)\s"
        rf"{_LUTFEN}{_UNUT}",
        rf"\b{_EMIRLER}(?:lar|ler)\w{{0,4}}[ae]\s(?:\w{{1,9}}\s){{0,2}}(?:uyma|uymayi birak"
        r"|uymak zorunda degil\w{0,4}|uyman\w{0,4} gerek yok)\b",
        rf"\b(?:sana|onceki|eski|verilen)\s(?:\w{{1,12}}\s){{0,2}}{_EMIRLER}\w{{0,8}}\s"
        r"(?:\w{1,9}\s){0,2}(?:gecersiz|gecerli degil|iptal)",
    ),
    rule(
        "prompt_disclosure",
        _INJECTION_FOUND.format("asks for the model's hidden instructions"),
        (
            *("prompt", "instruction", "system message", "rules", "above", "talimat", "yonerge"),
            *("sistem mesaj", "metni", "kural", "configuration", "guidelines"),
        ),
        r"\b(?:reveal|show|print|repeat|output|display|leak|disclose|tell|give|write|copy|share"
        r"|dump|paste|list|recite|summari[sz]e)\s{1,3}(?:(?:me|us|out|back|verbatim|exactly|all|of"
        r"|the|your|full|entire|exact|whole|text)\s{1,3}){0,5}"
        r"(?:(?:system|hidden|secret|initial|original|internal)\s{1,3}"
        r"(?:prompt|instructions\b|message\b)|(?<=your )(?:prompt|instructions)\b)",
        rf"{_TELL}{phrase(5)}(?:your|the) (?:system|hidden|secret|initial|original|internal"
        rf"|first)\s"
        r"(?:\w{1,12}\s)?(?:prompt|instructions|message|configuration|rules|guidelines)\b",
        rf"{_TELL}{phrase(2)}your (?:own )?(?:prompt|instructions)\b",
        rf"{_TELL}{phrase(4)}(?:prompt|instructions|rules|guidelines) (?:that |which )?you "
        r"(?:(?:were|have been|are) (?:given|told|started|set up|configured|trained)|received"
        r"|got)\b",
        rf"\b(?:which|what)\s(?:\w{{1,9}}\s)?(?:rules|instructions|guidelines|prompt) (?:did|do"
        rf"|have|has)"
        rf" (?:the |your )?(?:{_MAKER}\s(?:give|tell|set|write|given|told)|you get\b|you "
        rf"(?:follow|obey|have)"
        r" (?:in|for|during) this (?:chat|conversation))",
        r"\b(?:my|the) system prompt is\s{0,2}(?:[:.\"']|$)",
        rf"\b(?:sistem|gizli|baslangic|ilk|ic|arka plandaki)\s{{1,3}}(?:prompt|talimat|yonerge"
        rf"|mesaj)"
        rf"\w{{0,10}}\s{phrase(4)}(?:{_GOSTER}|ne(?:ler)? (?:yaziyor|var|diyor))",
        rf"\bkendi (?:prompt|talimat|yonerge)\w{{0,10}}\s{phrase(3)}{_GOSTER}",
        rf"\bprompt(?:un|in)\w{{0,4}}\s{phrase(3)}{_GOSTER}",
        r"\bsana\s(?:\w{1,12}\s){0,3}(?:ne|hangi|nasil bir) (?:\w{1,9} )?(?:talimat|yonerge|kural"
        r"|komut"
        r"|prompt)\w{0,6}\s(?:verildi|yazildi|soylendi|konuldu|verdi|yazdi)",
        r"\b(?:gelistirici|yapimci|sirket|kurucu|programci)\w{0,8} sana (?:verdigi|yazdigi|koydugu"
        rf"|soyledigi)\s(?:\w{{1,9}}\s)?(?:talimat|yonerge|kural|komut"
        rf"|prompt)\w{{0,8}}\s{phrase(3)}"
        rf"{_GOSTER}",
        r"\b(?:reveal|show|print|repeat|tell|give|copy|share|dump|paste|list|summari[sz]e)\s"
        rf"{words(3)}(?:rules|instructions|guidelines) (?:that )?you (?:were|have been) "
        r"(?:given|told)\b",
        r"\bwhat (?:is|are|was|were)\s{1,3}your\s{1,3}"
        r"(?:(?:system|hidden|secret|initial|original|internal)\s{1,3})(?:prompt|instructions\b)",
        r"\bwhat (?:(?:are|were) the )?(?:\w{1,9} )?(?:instructions|rules) (?:were|are|have) you "
        r"(?:been )?(?:given|told)\b",
        r"\bwhat does your (?:\w{1,9} )?(?:prompt|system message) say\b",
        r"\b(?:repeat|print|copy|output|reproduce)\s"
        rf"{words(3)}(?:text|words|everything|messages?)\s(?:\w{{1,9}}\s){{0,1}}above\b",
        r"\b(?:sistem|gizli|baslangic|ic|ilk)\s{1,3}(?:prompt|talimat|yonerge|mesaj)\w{0,10}"
        rf"\s{{1,3}}{_AYNEN}{_GOSTER}",
        r"\b(?:sistem|gizli|baslangic)\s{1,3}(?:prompt|talimat|yonerge)\w{0,10}\s{1,3}"
        r"ne(?:ler|dir)?\s{0,2}(?:[?.!,]|$)",
        rf"(?:^|[.!?,;\n]\s{{0,3}}|\bsenin |\bkendi )(?:talimat|yonerge)lar\w{{2,4}}\s{_AYNEN}"
        rf"{_GOSTER}",
        r"\bsana (?:hangi |verilen |soylenen |yazilan )(?:\w{1,9} )?(?:talimat|yonerge|kural"
        rf"|prompt)\w{{0,8}}\s{_AYNEN}(?:verildi|soylendi|neler|nedir|{_GOSTER})",
        r"\b(?:yukaridaki|onceki) (?:metni|mesajlari|yazilari) (?:oldugu gibi|aynen"
        rf"|kelimesi kelimesine)\s{_AYNEN}{_GOSTER}",
    ),
    rule(
        "role_takeover",
        _INJECTION_FOUND.format("tries to give the model another, unrestricted role"),
        (
            *("developer mode", "jailbreak mode", "gelistirici mod", "do anything now"),
            *("unrestricted", "uncensored", "unfiltered", "jailbroken", "without any", "rules"),
            *("restrictions", "filter", "limit", "guidelines", "ethics", "morals", "are now dan"),
            *("are dan", "filtresiz", "sansursuz", "kisitlamasiz"),
            *(
                "olmayan",
                "hicbir",
                "refuse",
                "anything",
                "evil",
                "god mode",
                "any rule",
                "training",
                "tanimayan",
            ),
            *("kuralsiz", "sinirsiz", "filtreler", "kisitlamalarini", "jailbreak"),
        ),
        rf"\b(?:ai|assistant|model|bot|chatbot|program)\W{{1,3}}(?:that|who|which)\s{phrase(3)}"
        r"(?:never refuses?|refuses? nothing|breaks? (?:any|all|every|the) rules?|(?:has|have"
        r"|knows?) no"
        r" (?:\w{1,9} )?(?:rules|limits|morals|ethics|filters?)|answers? (?:anything|everything))",
        rf"\b(?:assistant|model|ai|bot|chatbot)\s(?:with|without|that has|who has"
        rf"|having)\s{phrase(1)}"
        r"(?:no |any |a )?(?:\w{1,9} )?(?:moral|ethical|content|safety|censorship)\s"
        r"(?:\w{1,9} )?(?:limits?|filters?|rules|restrictions|guidelines|polic\w{1,3}|training)\b",
        r"\b(?:as if|as though|like) you (?:had|have) (?:no|never had(?: any)?)\s(?:\w{1,9} )?"
        r"(?:training|rules|filters?|restrictions|guidelines|limits|limitations|policy)\b",
        r"\b(?:switch|turn) off your (?:\w{1,9} )?(?:filters?|safety|restrictions|guardrails|limits"
        r"|limitations|censorship)\b",
        r"\b(?:enter|enable|activate|switch to|go into|turn on) (?:the )?(?:god|dan|jailbreak"
        r"|unrestricted"
        r"|unfiltered|uncensored|evil|no.?limits?) mode\b",
        r"\bhicbir (?:seyi|soruyu|istegi) (?:reddetmeyen|geri cevirmeyen)",
        r"\b(?:filtre|kisitlama|sansur|guvenlik|sinirlama)(?:ni|lerini|larini) "
        r"(?:kapat|kaldir|devre disi birak)\b",
        r"\b(?:sinirsiz|kuralsiz|filtresiz|sansursuz|kisitlamasiz)\s"
        r"(?:\w{1,9} )?(?:mod[auy]?\w{0,3}|bot"
        r"|asistan|model|yapay zeka)\b",
        r"\b(?:kural|etik|ahlak|filtre|kisitlama|sinir|sansur)\w{0,5}\s(?:\w{1,12} ){0,2}(?:olmayan"
        r"|tanimayan|takmayan|bilmeyen)\s(?:\w{1,12}\s){0,3}(?:yapay zeka|asistan|bot\b|model)",
        r"\b(?:you are (?:now )?in|enable|enter|activate|switch to) (?:developer|jailbreak) mode\b",
        r"\bdeveloper mode (?:is )?(?:now )?(?:enabled|activated|on)\b(?! (?:my|the|an?|your) )",
        r"\byou can do anything now\b|\bdan\W{1,4}do anything now\b|\bas do anything now\b"
        r"|\bcan do anything now\b|\byou are (?:now )?dan\b",
        r"\b(?:you are now|act as|pretend to be|behave as)\s{1,3}(?:an?\s{1,3})?"
        rf"(?:fully\s{{1,3}}|completely\s{{1,3}})?{_FREE}\b",
        r"\b(?:you are|act as|act like|pretend to be|behave (?:as|like)|(?:respond|answer|reply)"
        rf" (?:as|like)|role ?play as)\s{words(3)}(?:{_FREE}\s{_AN_AI}|{_AN_AI}\s{words(3)}"
        rf"(?:{_WITHOUT}|{_FREE}))",
        r"\bpretend (?:that )?you (?:have|had) no (?:\w{1,9} )?(?:rules|restrictions|filters"
        r"|limits|limitations|guidelines)\b",
        r"\byou (?:will |can |must |should )?(?:now )?(?:answer|respond|reply)\s"
        rf"(?:\w{{1,12}}\s){{0,2}}{_WITHOUT}",
        r"\b(?:filtresiz|sansursuz|kisitlamasiz|kuralsiz|(?:kisitlama|filtre|sansur|kural)\w{0,5}"
        r" olmayan)\s(?:\w{1,12}\s){0,3}(?:yapay zeka|asistan|bot\b|model)",
        r"\bhicbir (?:\w{1,9} )?(?:sinirin|kuralin|kisitlaman|filtren)\w{0,3} (?:yok|kalmadi)\b",
        r"\bgelistirici mod(?:unu|una|u) (?:ac|gec|etkinlestir|aktiflestir)",
    ),
    rule(
        "role_marker",
        _INJECTION_FOUND.format("contains the control marks that separate chat roles"),
        ("<|", "[inst]", "<<", "</", "\nsystem"),
        r"<\|(?:im_start|im_end|system|user|assistant|endoftext|eot_id|start_header_id)\|>",
        r"\[inst\]\s{0,3}(?:<<sys>>|you\b)|<</?sys>>",
        r"</(?:user|system|assistant)>\s{0,3}<(?:system|assistant)>",
        r"\n\s{0,3}\n\s{0,3}system\s?:",
    ),
)
