"""The rules of screening: which words, near which others, are harmful or an injection.

Patterns are for folded text (lower case, ASCII letters). They know phrases, not meanings; how many
they find, and which they miss, is measured on labelled texts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

REACH = 80
"""A match lies within so many characters of a cue."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern that is tried only around the words it cannot do without.

    A cue begins as a word begins; one of three letters is a whole word.
    """

    name: str
    explanation: str
    cues: tuple[str, ...]
    pattern: re.Pattern[str]


_NOTHING_SENT = "nothing was sent to a model"
_INJECTION_FOUND = (
    f"The input was blocked because it {{}}; {_NOTHING_SENT}. Remove that part and ask only your "
    "question."
)
_CONTENT_FOUND = f"The input was blocked because it asks {{}}; {_NOTHING_SENT}. {{}}"


def _words(most: int) -> str:
    """Up to so many words of any kind, each with what follows it."""
    return rf"(?:[\w'’-]{{1,20}}[^\w\n]{{1,3}}){{0,{most}}}"


def _rule(name: str, explanation: str, cues: tuple[str, ...], *forms: str) -> Rule:
    return Rule(name, explanation, cues, re.compile("|".join(forms)))


# Where somebody speaks for themselves: not after a quotation mark, as pupils quote verses.
_OWN = r"(?<!['\"“‘«’])\b"
# A sentence, or what was said before it, begins here.
_START = r"(?:^|[.!?,;:\n]\s{0,3}|\b(?:artik|ben|simdi|and|but|so)\s)"
_HOW = (
    r"\b(?:how (?:to|do i|do you|do we|can i|could i|would i|should i|can you)|teach me (?:how )?to"
    r"|show me how to|tell me how to|instructions (?:to|for)|steps to|want to|help me(?: to)?)\s"
)
_MAKE = r"(?:make|making|build|building|construct|assemble|create|prepare|produce)\s"
_RECIPE = (
    r"\b(?:recipe|guide|tutorial|instructions|manual|blueprint|steps)\s(?:for|to|of|on)\s"
    rf"(?:{_MAKE}|how to {_MAKE}|cooking\s|synthesi[sz]ing\s)?"
)
_NASIL = (
    r"\s(?:evde )?nasil (?:yap(?:ilir|arim|ariz|abilirim|acagim)|hazirlan(?:ir|iyor)"
    r"|hazirlarim|uretilir|uretirim|uretebilirim|yetistiririm)"
)
_ANLAT = r"(?:anlat|acikla|goster|ogret|yaz|ver|soyle|adim)"

# Weapons.
_BOMB = (
    r"(?:bombs?\b(?!\W{1,3}(?:calorimeter|shelter))|explosives?\b(?! reaction)|molotovs?\b"
    r"|(?:hand )?grenades?\b)"
)
_BOMB_ADJECTIVES = (
    r"(?:(?:an?|my|own|some|pipe|nail|dirty|time|car|petrol|home-?made|improvised|explosive|the)"
    r"\s{1,3}){0,4}"
)
_BOMBA = (
    r"(?<!banyo )\b(?:el )?(?:bomba|patlayici|molotof|molotov)\w{0,4}"
    r"(?: (?:madde|duzenek)\w{0,4}| kokteyl\w{0,4})?"
)
# Drugs.
_DRUG = (
    r"(?:(?:crystal )?meth(?:amphetamine)?|crack(?: cocaine)?|cocaine|heroin|mdma|ecstasy|lsd"
    r"|fentanyl|amphetamine)\b"
)
_UYUSTURUCU = (
    r"\b(?:uyusturucu|eroin|kokain|metamfetamin|amfetamin|esrar|bonzai|ekstazi|lsd)\w{0,3}"
    r"(?: madde\w{0,4})?"
)
# People, as somebody may want to harm them.
_PERSON = (
    r"(?:an?|my|the|some|another)?\s?(?:someone|somebody|person|people|human|teacher|principal"
    r"|friend|class ?mate|schoolmate|neighbou?r|mother|father|mom|mum|dad|sister|brother|parent"
    r"|boss|wife|husband|girlfriend|boyfriend|roommate)"
)
_KISI = (
    r"\b(?:birini|birisini|birilerini|insan\w{0,5}|(?:ogretmen|arkadas|kardes|komsu|mudur)\w{1,8}"
    r"|(?:anne|baba|abi|abla)m\w{1,3})\s"
)
_HARM = r"(?:kill|murder|poison|stab|strangle|shoot|assassinate)"
_OWN_ACCOUNT = (
    r"(?:my|his|her|their|your|a|an|the|some|someone|somebody)\b\W{1,3}"
    rf"{_words(3)}(?:accounts?|passwords?|instagram|facebook|whatsapp|phones?|e-?mails?|computers?"
    r"|grades|system)\b"
)
_BAD_PROGRAM = r"(?:malware|ransomware|keyloggers?|trojans?|spyware|rootkits?|botnets?)\b"

CONTENT_RULES = (
    _rule(
        "sexual_content_about_minors",
        _CONTENT_FOUND.format(
            "for sexual content about children", "Such content is never produced here."
        ),
        ("porn", "erotic", "erotik", "nude", "sexual", "cinsel icerik", "ciplak"),
        r"\b(?:child|children|kids?|minors?|underage|preteen)\W{1,3}(?:porn|erotic)",
        r"\b(?:porn\w{0,8}|erotic\w{0,3}|nudes?|sexual (?:story|stories|content|pictures?|images?))"
        rf"\s{_words(5)}(?:child|children|minors?|underage|preteen|kids?"
        r"|(?:[1-9]|1[0-7])[ -]years?[ -]olds?)\b",
        r"\bcocuk\w{0,6} porno",
        rf"\b(?:cocu[kg]|resit olmayan|(?:[1-9]|1[0-7]) yas)\w{{0,8}}\s{_words(4)}"
        r"(?:erotik|cinsel icerik|porno|ciplak)",
    ),
    _rule(
        "weapon_making",
        _CONTENT_FOUND.format(
            "how to make a bomb or explosive",
            "Questions about history or chemistry are fine: ask them without asking for "
            "instructions.",
        ),
        ("bomb", "explosive", "molot", "patlayici", "grenade"),
        rf"{_HOW}{_MAKE}{_BOMB_ADJECTIVES}{_BOMB}",
        rf"{_RECIPE}{_BOMB_ADJECTIVES}{_BOMB}",
        rf"\bhow (?:is |are )?{_BOMB_ADJECTIVES}{_BOMB}(?: cocktails?)? (?:is |are )?made\b",
        rf"{_BOMBA}{_NASIL}",
        rf"{_BOMBA} (?:yapimi(?:ni)?|kurmayi|yapmayi|tarifi(?:ni)?) (?:\w{{1,9}} ){{0,2}}{_ANLAT}",
        rf"{_BOMBA} yapmak (?:istiyorum|icin)",
        r"\b(?:evde|nasil) (?:evde )?(?:bomba|patlayici|molotof|molotov)\w{0,3}"
        r"(?: madde)? yap(?:ilir|arim|ariz|abilirim|acagim)",
    ),
    _rule(
        "drug_making",
        _CONTENT_FOUND.format(
            "how to make drugs", "Questions about their effects and dangers are fine."
        ),
        (
            *("meth", "crack", "cocaine", "heroin", "mdma", "ecstasy", "lsd", "fentanyl"),
            *("amphetamine", "uyusturucu", "eroin", "kokain", "amfetamin", "metamfetamin", "esrar"),
            *("bonzai", "ekstazi"),
        ),
        rf"{_HOW}(?:{_MAKE}|cook\s|synthesi[sz]e\s|grow\s)(?:(?:some|my|own|pure)\s){{0,2}}{_DRUG}",
        rf"{_RECIPE}(?:(?:some|pure)\s){{0,1}}{_DRUG}",
        rf"{_UYUSTURUCU}{_NASIL}",
        rf"{_UYUSTURUCU} (?:yapimi(?:ni)?|yapmayi|tarifi(?:ni)?|uretimi(?:ni)?) "
        rf"(?:\w{{1,9}} ){{0,2}}{_ANLAT}",
        rf"{_UYUSTURUCU} (?:yap|uret|yetistir)\w{{0,3}} (?:sat\w{{0,4}} )?ist(?:iyorum|erim)",
    ),
    _rule(
        "malware",
        _CONTENT_FOUND.format(
            "for an attack on other people's computers or accounts",
            "Questions about how to protect oneself are fine.",
        ),
        (
            *("malware", "ransomware", "keylogger", "trojan", "spyware", "rootkit", "botnet"),
            *("virus", "hack", "yazilim", "sifre"),
        ),
        r"\b(?:write|create|make|code|build|develop|program|give)\s"
        rf"(?:(?:me|us|an?|some|the|my)\s){{0,3}}{_BAD_PROGRAM}",
        rf"\b(?:write|create|make|code|build)\s(?:(?:me|us|an?|computer)\s){{0,3}}virus\s"
        rf"(?:that|to|which)\s{_words(2)}(?:steal|delete|encrypt|destroy|infect|spread)",
        rf"\b(?:how (?:to|do i|can i|could i|would i)|want to|help me(?: to)?)\shack (?:into )?"
        rf"{_OWN_ACCOUNT}",
        r"\b(?:fidye|casus|zararli|truva)\w{0,3} (?:yazilim\w{0,4}|virus\w{0,2}) (?:yaz|kodla|yap"
        r"|gelistir|hazirla)\b",
        r"\bsifre\w{0,7} (?:nasil )?(?:calar(?:im|iz)|calmak isti|calabilirim|kirarim|kirmak isti"
        r"|ele gecir(?:irim|mek isti))",
        r"\bhack(?:le)?(?:rim|riz|yebilirim|mek isti)",
    ),
    _rule(
        "violence",
        _CONTENT_FOUND.format(
            "how to hurt somebody",
            "If you are in danger or very angry, please talk to an adult you trust.",
        ),
        (
            *("kill", "murder", "poison", "stab", "strangle", "shoot", "assassinate", "hurt"),
            *("oldur", "zehirle", "bicakla"),
        ),
        rf"\bhow (?:to|do i|can i|could i|would i|should i) {_HARM} {_PERSON}",
        rf"\bi (?:want to|am going to|will|plan to|wanna) (?:{_HARM}|hurt) {_PERSON}",
        rf"{_KISI}(?:\w{{1,12}} ){{0,2}}(?:oldur|zehirle|bicakla)"
        r"(?:urum|rum|rim|ebilirim|yebilirim|ecegim|yecegim|mek isti|sem ne)",
    ),
    _rule(
        "self_harm",
        "This sounds very hard, and you deserve help from a person rather than from a program, so "
        f"{_NOTHING_SENT}. In Türkiye call 112 now; elsewhere call your local emergency number. "
        "Please also tell an adult you trust.",
        (
            *("myself", "suicide", "my life", "to die", "worth living", "intihar", "kendimi"),
            *("kendime", "hayatima son", "olmek isti", "yasamak istemi"),
        ),
        r"\b(?:i (?:want to|am going to|plan to|intend to|wanna)|how (?:to|do i|can i)) "
        r"(?:kill(?:ing)? myself|commit(?:ting)? suicide|hurt(?:ing)? myself)",
        rf"{_OWN}i (?:really |just |only )?(?:want|wish) to die\b",
        rf"{_OWN}(?:want to|going to|how (?:to|do i|can i)|will) (?:end my life|hang myself"
        r"|cut myself|take my (?:own )?life)\b",
        r"\bi (?:have been|keep|am|was|started) (?:hurting|cutting|harming) myself\b",
        rf"{_OWN}(?:my )?life is (?:not|no longer) worth living\b",
        rf"{_OWN}kendimi (?:kesiyorum|oldurecegim|asacagim|asmak isti|kesmek isti)",
        rf"{_OWN}kendime zarar ver(?:iyorum|mek isti|ecegim)",
        rf"{_OWN}hayatima son ver(?:mek isti|ecegim|meyi dusun)",
        rf"{_OWN}olmek istiyorum",
        rf"{_START}yasamak istemiyorum",
        r"\b(?:kendimi oldur|intihar et|intihar ed)"
        r"(?:mek istiyor|ecegim|menin yol|meyi dusunuyor)",
    ),
)

# Injection, in English.
_DROP = (
    r"\b(?:ignore|disregard|forget|override|bypass|skip|drop|discard"
    r"|stop (?:following|obeying)|(?:do not|don'?t|never|no longer|not have to)"
    r"(?: have to| need to)? (?:follow|obey))\s{1,3}"
)
_ORDERS = (
    r"(?:instructions?|prompts?|rules|guidelines?|restrictions|constraints|limitations"
    r"|system message)\b"
)
_WHOSE = (
    r"(?:previous|prev|prior|above|earlier|preceding|initial|original|system|safety|your|existing"
    r"|developer|former)"
)
_FILL = r"(?:(?:about|all|any|every|of|the|these|those|my|and|other|what)\s{1,3}){0,5}"
# What an AI is made free of.
_FREE = r"(?:unrestricted|uncensored|unfiltered|jailbroken)"
_WITHOUT = (
    r"(?:without(?: any)?|(?:with|has|have|having) no|no|that ignores(?: all)?) (?:\w{1,9} or )?"
    r"(?:rules|restrictions|filters?|limits|limitations|guidelines|ethics|morals)\b"
)
_AN_AI = r"(?:ai|assistant|model|bot|chatbot)\b"
# Injection, in Turkish. The imperative ends the word: "yok sayarsak" is no order.
_UNUT = (
    r"(?:unut|yok\s?say|dikkate\salma|gormezden\sgel|goz\sardi\set|bos\sver|devre\sdisi\sbirak"
    r"|kaldir|cigne|iptal\set)(?:un|in|iniz|yin)?\b"
)
_EMIRLER = r"(?:talimat|yonerge|komut|kural|kisitlama|prompt|sistem mesaj)"
_LUTFEN = r"(?:(?:ve|hepsini|tamamen|artik|lutfen|simdi|tumunu)\s{1,3}){0,3}"
_KIMIN = (
    r"(?:(?:tum|butun|sistem|sana|verilen|soylenen|onceki|yukaridaki|eski|ilk|gizli)\s{1,3}){1,4}"
)
_AYNEN = (
    r"(?:(?:bana|aynen|oldugu|gibi|tam|tamamen|kelimesi|kelimesine|lutfen|buraya|hepsini)\s{1,3})"
    r"{0,4}"
)
_GOSTER = (
    r"(?:goster|yaz|soyle|paylas|acikla|tekrarla|yazdir|listele|ver|kopyala|yapistir)"
    r"(?:in|iniz|er misin|ar misin|ir misin|r misin|sana)?\b"
)
_CUES = (
    *("prompt", "instruction", "rules", "guideline", "restriction", "constraint", "limitation"),
    *("system message", "talimat", "yonerge", "komut", "kural", "kisitlama", "sistem mesaj"),
)

INJECTION_RULES = (
    _rule(
        "instruction_override",
        _INJECTION_FOUND.format("tells the model to drop its instructions"),
        (*_CUES, "everything", "her seyi", "hepsini"),
        rf"{_DROP}{_FILL}(?:{_WHOSE}\s{{1,3}}){{1,3}}(?:\w{{1,12}}\s){{0,1}}{_ORDERS}",
        rf"{_DROP}{_FILL}{_ORDERS}\s{{1,3}}{_words(3)}(?:above|before(?: this)?|so far"
        r"|(?:given )?to you|you (?:were|have been|are) (?:given|told))\b",
        rf"{_DROP}(?:absolutely )?everything\s{_words(5)}(?:above|before|told)\b",
        rf"\b(?:your (?:\w{{1,12}} )?|earlier |previous ){_ORDERS}\W{{1,3}}{_words(2)}"
        r"(?:void|changed|cancell?ed|invalid|no longer|not apply|don'?t apply|lifted|suspended)\b",
        rf"\b{_ORDERS}\W{{1,3}}(?:that )?you (?:were|have been) (?:given|told)\W{{1,3}}{_words(3)}"
        r"(?:void|changed|cancell?ed|invalid|no longer|apply|lifted)\b",
        rf"\b{_KIMIN}(?:{_EMIRLER}\w{{0,10}}|her seyi)\s{{1,3}}{_LUTFEN}{_UNUT}",
        rf"\b{_EMIRLER}(?:lar|ler)\w{{0,4}}\s{{1,3}}{_LUTFEN}{_UNUT}",
        r"\b(?:once|onceki|yukari\w{1,6}|sana)\s(?:\w{1,12}\s){0,3}(?:her seyi|hepsini)\s"
        rf"{_LUTFEN}{_UNUT}",
        rf"\b{_EMIRLER}(?:lar|ler)\w{{0,4}}[ae]\s(?:\w{{1,9}}\s){{0,2}}(?:uyma|uymayi birak"
        r"|uymak zorunda degil\w{0,4}|uyman\w{0,4} gerek yok)\b",
        rf"\b(?:sana|onceki|eski|verilen)\s(?:\w{{1,12}}\s){{0,2}}{_EMIRLER}\w{{0,8}}\s"
        r"(?:\w{1,9}\s){0,2}(?:gecersiz|gecerli degil|iptal)",
    ),
    _rule(
        "prompt_disclosure",
        _INJECTION_FOUND.format("asks for the model's hidden instructions"),
        (
            *("prompt", "instruction", "system message", "rules", "above", "talimat", "yonerge"),
            *("sistem mesaj", "metni", "kural"),
        ),
        r"\b(?:reveal|show|print|repeat|output|display|leak|disclose|tell|give|write|copy|share"
        r"|dump|paste|list|recite|summari[sz]e)\s{1,3}(?:(?:me|us|out|back|verbatim|exactly|all|of"
        r"|the|your|full|entire|exact|whole|text)\s{1,3}){0,5}"
        r"(?:(?:system|hidden|secret|initial|original|internal)\s{1,3}"
        r"(?:prompt|instructions\b|message\b)|(?<=your )(?:prompt|instructions)\b)",
        r"\b(?:reveal|show|print|repeat|tell|give|copy|share|dump|paste|list|summari[sz]e)\s"
        rf"{_words(3)}(?:rules|instructions|guidelines) (?:that )?you (?:were|have been) "
        r"(?:given|told)\b",
        r"\bwhat (?:is|are|was|were)\s{1,3}your\s{1,3}"
        r"(?:(?:system|hidden|secret|initial|original|internal)\s{1,3})(?:prompt|instructions\b)",
        r"\bwhat (?:(?:are|were) the )?(?:\w{1,9} )?(?:instructions|rules) (?:were|are|have) you "
        r"(?:been )?(?:given|told)\b",
        r"\bwhat does your (?:\w{1,9} )?(?:prompt|system message) say\b",
        r"\b(?:repeat|print|copy|output|reproduce)\s"
        rf"{_words(3)}(?:text|words|everything|messages?)\s(?:\w{{1,9}}\s){{0,1}}above\b",
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
    _rule(
        "role_takeover",
        _INJECTION_FOUND.format("tries to give the model another, unrestricted role"),
        (
            *("developer mode", "jailbreak mode", "gelistirici mod", "do anything now"),
            *("unrestricted", "uncensored", "unfiltered", "jailbroken", "without any", "rules"),
            *("restrictions", "filter", "limit", "guidelines", "ethics", "morals", "are now dan"),
            *("are dan", "filtresiz", "sansursuz", "kisitlamasiz"),
            *("olmayan", "hicbir"),
        ),
        r"\b(?:you are (?:now )?in|enable|enter|activate|switch to) (?:developer|jailbreak) mode\b",
        r"\bdeveloper mode (?:is )?(?:now )?(?:enabled|activated|on)\b",
        r"\byou can do anything now\b|\bdan\W{1,4}do anything now\b|\bas do anything now\b"
        r"|\bcan do anything now\b|\byou are (?:now )?dan\b",
        r"\b(?:you are now|act as|pretend to be|behave as)\s{1,3}(?:an?\s{1,3})?"
        rf"(?:fully\s{{1,3}}|completely\s{{1,3}})?{_FREE}\b",
        r"\b(?:you are|act as|act like|pretend to be|behave (?:as|like)|(?:respond|answer|reply)"
        rf" (?:as|like)|role ?play as)\s{_words(3)}(?:{_FREE}\s{_AN_AI}|{_AN_AI}\s{_words(3)}"
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
    _rule(
        "role_marker",
        _INJECTION_FOUND.format("contains the control marks that separate chat roles"),
        ("<|", "[inst]", "<<", "</", "\nsystem"),
        r"<\|(?:im_start|im_end|system|user|assistant|endoftext|eot_id|start_header_id)\|>",
        r"\[inst\]\s{0,3}(?:<<sys>>|you\b)|<</?sys>>",
        r"</(?:user|system|assistant)>\s{0,3}<(?:system|assistant)>",
        r"\n\s{0,3}\n\s{0,3}system\s?:",
    ),
)
