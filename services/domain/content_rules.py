"""Which requests are harmful in content, in Turkish and English."""

from __future__ import annotations

from services.domain.screening_rules import INTENT, NOTHING_SENT, phrase, rule, words

_CONTENT_FOUND = f"The input was blocked because it asks {{}}; {NOTHING_SENT}. {{}}"

# Where somebody speaks for themselves: not after a quotation mark, as pupils quote verses.
_OWN = r"\b(?<!['\"“‘«’])"
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
    r"|hazirlarim|uretilir|uretirim|uretebilirim|yetistiririm|yetistirilir|yetistiriliyor)"
)
_ANLAT = r"(?:anlat|acikla|goster|ogret|yaz|ver|soyle|adim)"
# Somebody asks how, in any words.
_ASK = (
    r"\b(?:how (?:to|2|do (?:i|you|we|people)|(?:can|could|would|should|might) (?:i|you|we|one))"
    r"|(?:teach|tell|show|help|let|give) (?:me|us)|explain|describe|walk me through"
    r"|i(?:'m| am)? (?:want|need|plan|planning|going|trying|wanna|gonna|would like)"
    r"|(?:best|easiest|quickest|fastest|safest|simplest) ways?|steps|directions)\s"
)
_MEANS = (
    r"\b(?:what|which|list(?: of| the)?|name the)\s(?:\w{1,9}\s){0,2}"
    r"(?:do (?:i|you|we) (?:need|mix|use)|ingredients?|materials?|chemicals?|parts|supplies"
    r"|tools)\s"
)
_MADE = (
    r"(?:mak(?:e|ing)|build(?:ing)?|construct(?:ing)?|assembl(?:e|ing)|creat(?:e|ing)"
    r"|produc(?:e|ing)|prepar(?:e|ing)|put(?:ting)? together|cook(?:ing)?|mix(?:ing)?"
    r"|synthesi[sz](?:e|ing)|manufactur(?:e|ing)|3d.?print(?:ing)?)\s"
)
_HERE = r"(?:i|we)(?:'m|'re| am| are)?"
_WILL = (
    rf"\b{_HERE} (?:just |really |only )?(?:want(?:ed)? to|need to|going to|plan(?:ning)? to|wanna"
    r"|gonna|intend to|would like to|will|about to|decided to)\s"
)

# Weapons.
_BOMB = (
    r"(?:(?<!bath )bombs?\b(?!\W{1,3}(?:calorimeter|shelter|joke|pun|scene|story|poem|song|threat"
    r"|drill))|landmines?\b|explosives?\b(?! reaction)|molotovs?\b"
    r"|(?:hand )?grenades?\b)"
)
_BOMB_ADJECTIVES = (
    r"(?:(?:an?|my|own|some|pipe|nail|dirty|time|car|petrol|home-?made|improvised|explosive|the)"
    r"\s{1,3}){0,4}"
)
_BOMBA = (
    r"\b(?<!banyo )(?<!sogan )(?:el )?(?:bomba|patlayici|molotof|molotov)\w{0,4}"
    r"(?: (?:madde|duzenek)\w{0,4}| kokteyl\w{0,4})?(?! gibi)"
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
    r"(?:(?:an?|my|the|some|another|this|that|every|all my|your)?\s?(?:someone|somebody|person"
    r"|people|human|teacher|principal"
    r"|friend|class ?mate|schoolmate|neighbou?r|mother|father|mom|mum|dad|sister|brother|parent"
    r"|boss|wife|husband|girlfriend|boyfriend|roommate|pupil|student|stranger|man|woman|boy|girl"
    r"|ex\b"
    r"|kid|baby|everybody|everyone)|(?:him|her|them|everyone|everybody|people|kids|children)\b)"
)
_KISI = (
    r"\b(?:birini|birisini|birilerini|insan\w{0,5}|(?:ogretmen|arkadas|kardes|komsu|mudur)\w{1,8}"
    r"|(?:anne|baba|abi|abla)m\w{1,3}|onu|onlari|herkesi|sizi|seni"
    r"|(?:sinif|okul|karde|sevgili|ogrenci|cocuk)\w{1,9})\s"
)
_HARM = r"(?:kill|murder|poison|stab|strangle|shoot|assassinate|drown|suffocate|behead|torture)"
_HARMING = (
    r"(?:kill|murder|poison|stabb?|strangl|shoot|assassinat|drown|suffocat|tortur|beat)(?:ing|e)?"
)
_OWN_ACCOUNT = (
    r"(?:my|his|her|their|your|a|an|the|some|someone|somebody)\b\W{1,3}"
    rf"{words(3)}(?:accounts?|passwords?|instagram|facebook|whatsapp|phones?|e-?mails?|computers?"
    r"|grades|system)\b"
)
_BAD_PROGRAM = r"(?:malware|ransomware|keyloggers?|trojans?|spyware|rootkits?|botnets?)\b"
_THEIRS = (
    r"(?:someone(?:'s| else's)|somebody(?:'s| else's)|(?:his|her|their|other people's)\b"
    r"|(?:my|a|the|our|another)\s(?:\w{1,12}\s){0,2}?\w{2,14}(?:'s|s'))"
)
_ACCOUNT = (
    r"(?:accounts?|passwords?|instagram|facebook|whatsapp|snapchat|phones?|e-?mails?|computers?"
    r"|laptops?|grades|system|files|data|network|wi-?fi|web ?sites?|server|messages|camera"
    r"|webcam)\b"
)
_HESAP = (
    r"(?:hesab|sifre|instagram|facebook|whatsapp|telefon|bilgisayar|mail|e-?posta|wifi|kamera"
    r"|mesajlar)\w{0,9}"
)
# Children, and what must not be written or shown of them.
_MINOR = (
    r"(?:child|children|kids?|minors?|underage\w{0,3}|preteens?|toddlers?"
    r"|school ?(?:child\w{0,3}|girls?|boys?)|little (?:girls?|boys?)|(?:under|below) 1[0-8]"
    r"|(?:[1-9]|1[0-7])[ -]years?[ -]olds?)\b"
)
_SEX = (
    r"(?:porn\w{0,8}|erotic\w{0,3}|nudes?|sexting"
    r"|sexual(?:ly)? (?:explicit )?(?:story|stories|scenes?|content|pictures?|images?|acts?"
    r"|fantas\w{1,4}|poses?|encounters?)|sex (?:scenes?|story|stories|tapes?)"
    r"|naked (?:pictures?|photos?|pics?|images?|videos?|bod\w{1,3}))\b"
)
_YAS = r"(?:on )?(?:bir|iki|uc|dort|bes|alti|yedi|sekiz|dokuz|on|[1-9]|1[0-7]) yas(?:in|lar)\w{0,6}"
_KUCUK = (
    rf"(?:cocu[kg]\w{{0,8}}|resit olmayan\w{{0,4}}|kucuk (?:kiz|erkek)\w{{0,8}}|{_YAS}"
    r"|(?:lise|ilkokul|ortaokul)\w{0,2} ?(?:ogrenci|kiz)\w{0,6}|liseli\w{0,5})"
)
_CINSEL = (
    r"(?:erotik|porno\w{0,6}|ciplak (?:foto|resim|goruntu|video|poz)\w{0,6}"
    r"|cinsel (?:icerik|hikaye|fantezi|sahne|iliski (?:hikaye|sahne))\w{0,6}|seks (?:hikaye|sahne))"
)

CONTENT_RULES = (
    rule(
        "sexual_content_about_minors",
        _CONTENT_FOUND.format(
            "for sexual content about children", "Such content is never produced here."
        ),
        (
            *("porn", "erotic", "erotik", "nude", "sexual", "sex", "naked", "cinsel icerik"),
            *("cinsel hikaye", "cinsel iliski", "cinsel fantezi", "cinsel sahne", "ciplak", "seks"),
        ),
        rf"\b{_SEX}\s{phrase(7)}{_MINOR}",
        rf"\b{_MINOR}\s{phrase(6)}{_SEX}",
        rf"\b{_KUCUK}\s{phrase(5)}{_CINSEL}",
        rf"\b{_CINSEL}\s{phrase(5)}{_KUCUK}",
        r"\b(?:child|children|kids?|minors?|underage|preteen)\W{1,3}(?:porn|erotic)",
        r"\b(?:porn\w{0,8}|erotic\w{0,3}|nudes?|sexual (?:story|stories|content|pictures?|images?))"
        rf"\s{words(5)}(?:child|children|minors?|underage|preteen|kids?"
        r"|(?:[1-9]|1[0-7])[ -]years?[ -]olds?)\b",
        r"\bcocuk\w{0,6} porno",
        rf"\b(?:cocu[kg]|resit olmayan|(?:[1-9]|1[0-7]) yas)\w{{0,8}}\s{words(4)}"
        r"(?:erotik|cinsel icerik|porno|ciplak)",
    ),
    rule(
        "weapon_making",
        _CONTENT_FOUND.format(
            "how to make a bomb or explosive",
            "Questions about history or chemistry are fine: ask them without asking for "
            "instructions.",
        ),
        (
            *("bomb", "explosive", "molot", "patlayici", "grenade", "landmine", "silah", "gun"),
            *("tabanca", "pistol", "rifle"),
        ),
        rf"{_ASK}{phrase(6)}{_MADE}{phrase(3)}{_BOMB}",
        rf"{_MEANS}{phrase(6)}{_BOMB}",
        rf"\b(?:mix|combine|turn|use)\s{phrase(5)}(?:to|into|for)\s(?:{_MADE})?{phrase(2)}{_BOMB}",
        rf"\b(?:recipe|guide|tutorial|instructions|manual|blueprint"
        rf"|directions)\s{phrase(4)}{_BOMB}",
        rf"{_ASK}{phrase(4)}{_MADE}(?:an?|my own|some)\s(?:\w{{1,10}}\s){{0,2}}(?:gun|pistol"
        rf"|rifle)\b",
        rf"{_BOMBA}\s{phrase(3)}(?:yap|hazirla|kur|uret|imal et|imal ed){INTENT}",
        rf"{_BOMBA} (?:yap|hazirla|kur|uret)im\w{{0,4}}\s{phrase(6)}"
        r"(?:malzeme|adim|asama|tarif|ogret|sirala|formul)",
        rf"{_BOMBA}\s{phrase(2)}tarif",
        rf"\b(?:evde|kendi)\s(?:\w{{1,9}}\s)?(?:silah|tabanca)\w{{0,4}} (?:yap|uret){INTENT}",
        rf"{_HOW}{_MAKE}{_BOMB_ADJECTIVES}{_BOMB}",
        rf"{_RECIPE}{_BOMB_ADJECTIVES}{_BOMB}",
        rf"\bhow (?:is |are )?{_BOMB_ADJECTIVES}{_BOMB}(?: cocktails?)? (?:is |are )?made\b",
        rf"{_BOMBA}{_NASIL}",
        rf"{_BOMBA} (?:yapimi(?:ni)?|kurmayi|yapmayi|tarifi(?:ni)?) (?:\w{{1,9}} ){{0,2}}{_ANLAT}",
        rf"{_BOMBA} yapmak (?:istiyorum|icin)",
        r"\b(?:evde|nasil) (?:evde )?(?:bomba|patlayici|molotof|molotov)\w{0,3}"
        r"(?: madde)? yap(?:ilir|arim|ariz|abilirim|acagim)",
    ),
    rule(
        "drug_making",
        _CONTENT_FOUND.format(
            "how to make drugs", "Questions about their effects and dangers are fine."
        ),
        (
            *("meth", "crack", "cocaine", "heroin", "mdma", "ecstasy", "lsd", "fentanyl"),
            *("amphetamine", "uyusturucu", "eroin", "kokain", "amfetamin", "metamfetamin", "esrar"),
            *("bonzai", "ekstazi"),
        ),
        rf"{_ASK}{phrase(5)}(?:{_MADE}|grow\s|extract\s){phrase(2)}{_DRUG}",
        rf"{_MEANS}{phrase(4)}(?:{_MADE})?{phrase(1)}{_DRUG}(?! (?:affect|do\b|harm))",
        rf"\b(?:where|how) (?:can|do|could|to) (?:i )?(?:buy|get|find|sell"
        rf"|smuggle)\s{phrase(2)}{_DRUG}",
        rf"{_WILL}(?:buy|sell|smuggle|make|cook)\s{phrase(2)}{_DRUG}",
        rf"{_UYUSTURUCU}\s{phrase(2)}(?:yap|uret|hazirla|pisir|yetistir|sat|kacir){INTENT}",
        rf"{_UYUSTURUCU} (?:yapim|uretim)\w{{0,4}}\s{phrase(3)}(?:kullanil|gerek|adim|malzeme)",
        rf"{_UYUSTURUCU}\s{phrase(2)}(?:nereden|nasil)\s(?:bulur|alir|alabilir|temin eder)[iu]m\b",
        rf"{_HOW}(?:{_MAKE}|cook\s|synthesi[sz]e\s|grow\s)(?:(?:some|my|own|pure)\s){{0,2}}{_DRUG}",
        rf"{_RECIPE}(?:(?:some|pure)\s){{0,1}}{_DRUG}",
        rf"{_UYUSTURUCU}{_NASIL}",
        rf"{_UYUSTURUCU} (?:yapimi(?:ni)?|yapmayi|tarifi(?:ni)?|uretimi(?:ni)?) "
        rf"(?:\w{{1,9}} ){{0,2}}{_ANLAT}",
        rf"{_UYUSTURUCU} (?:yap|uret|yetistir)\w{{0,3}} (?:sat\w{{0,4}} )?ist(?:iyorum|erim)",
    ),
    rule(
        "malware",
        _CONTENT_FOUND.format(
            "for an attack on other people's computers or accounts",
            "Questions about how to protect oneself are fine.",
        ),
        (
            *("malware", "ransomware", "keylogger", "trojan", "spyware", "rootkit", "botnet"),
            *(
                "virus",
                "hack",
                "yazilim",
                "sifre",
                "ddos",
                "phishing",
                "password",
                "account",
                "worm",
            ),
            *("hesabi", "casus", "sahte", "cokert", "somebody", "someone", "files", "website"),
            *(
                "web site",
                "e-mail",
                "email",
                "wifi",
                "break into",
                "sneak into",
                "type",
                "notlar",
                "sistem",
                "sitesi",
                "instagram",
            ),
        ),
        rf"\b(?:write|create|make|code|build|develop|program|give|need|want)\s{phrase(4)}"
        r"(?:virus|worm|scripts?|programs?|code|tool|app|bot)\s(?:that|to|which)\s"
        r"(?:\w{1,12}\s){0,2}(?:steals?|infects?|spreads?|hijacks?|spy|spies|"
        r"(?:deletes?|encrypts?|locks?"
        r"|destroys?|take down|takes down|crash\w{0,2}|(?:secretly )?records?)\s(?:\w{1,12}\s){0,4}"
        r"(?:someone|somebody|others?\b|other people|victim|their|his\b|her\b|everyone|school))",
        rf"\b(?:make|create|build|write|design|set up)\s{phrase(2)}phishing (?:page|site|e-?mail"
        rf"|mail)",
        rf"(?:{_ASK}|{_WILL})(?:secretly )?(?:hack|break|get|sneak|log)\s(?:in)?(?:to )?{_THEIRS}"
        rf"\s{phrase(2)}{_ACCOUNT}",
        rf"\b(?:hack|crack|steal|hijack)\s(?:into )?{_THEIRS}\s{phrase(2)}{_ACCOUNT}",
        rf"(?:{_ASK}|\b(?:script|code|program|tool)\s)(?:to )?(?:take down|ddos|crash|attack"
        rf"|hack)\s"
        rf"{phrase(4)}(?:web ?sites?|servers?|network|system)\b",
        r"\b(?:site|sunucu|sistem)\w{0,7} (?:cokert|saldir|hackle|ele gecir|siz)" + INTENT,
        rf"\b{_HESAP}\s{{1,2}}(?:\w{{1,9}}\s)?(?:ele gecir|cal|hackle|kir){INTENT}",
        rf"\bcasus (?:program|yazilim|uygulama)\w{{0,4}}\s{phrase(2)}(?:kur|yukle|yap|yaz){INTENT}",
        rf"\bsahte\s{phrase(2)}(?:site|sayfa|mail)\w{{0,4}}\s{phrase(4)}(?:bilgi|sifre"
        rf"|kart)\w{{0,8}}\scal",
        rf"\bsistem\w{{0,5}} (?:gir|siz)\w{{1,4}}\s{phrase(2)}not\w{{0,7}} degistir{INTENT}",
        r"\b(?:write|create|make|code|build|develop|program|give)\s"
        rf"(?:(?:me|us|an?|some|the|my)\s){{0,3}}{_BAD_PROGRAM}",
        rf"\b(?:write|create|make|code|build)\s(?:(?:me|us|an?|computer)\s){{0,3}}virus\s"
        rf"(?:that|to|which)\s{words(2)}(?:steal|delete|encrypt|destroy|infect|spread)",
        rf"\b(?:how (?:to|do i|can i|could i|would i)|want to|help me(?: to)?)\shack (?:into )?"
        rf"{_OWN_ACCOUNT}",
        r"\b(?:fidye|casus|zararli|truva)\w{0,3} (?:yazilim\w{0,4}|virus\w{0,2}) (?:yaz|kodla|yap"
        r"|gelistir|hazirla)\b",
        r"\bsifre\w{0,7} (?:nasil )?(?:calar(?:im|iz)|calmak isti|calabilirim|kirarim|kirmak isti"
        r"|ele gecir(?:irim|mek isti))",
        r"\bhack(?:le)?(?:rim|riz|yebilirim|mek isti)",
    ),
    rule(
        "violence",
        _CONTENT_FOUND.format(
            "how to hurt somebody",
            "If you are in danger or very angry, please talk to an adult you trust.",
        ),
        (
            *("kill", "murder", "poison", "stab", "strangle", "shoot", "assassinate", "hurt"),
            *(
                "oldur",
                "zehirle",
                "bicakla",
                "bogar",
                "bogaz",
                "boga",
                "dove",
                "dovm",
                "silah",
                "zarar",
            ),
            *("vuraca", "beat", "attack", "massacre", "shooting", "yarala"),
        ),
        rf"\bhow (?:to|2|do i|do you|can i|can you|could i|would i|should i) {_HARM} {_PERSON}",
        rf"{_WILL}(?:{_HARM}|hurt) {_PERSON}",
        rf"\b(?:best|easiest|quickest|fastest|perfect|good|any|a) ways? (?:to"
        rf"|of) {_HARMING} {_PERSON}",
        rf"\b(?:poisons?|drugs?|pills?) {phrase(2)}(?:kills?|can kill|to kill) {_PERSON}",
        rf"\b{_HARMING} {_PERSON}\s{phrase(3)}without\s{phrase(3)}(?:trace|marks?|caught|notic"
        rf"|know)",
        rf"(?:{_ASK}|{_WILL}){phrase(1)}beat (?:up )?{_PERSON}(?:\s{phrase(3)})?(?: up\b|without)",
        rf"\b(?:help me|{_HERE} (?:want|going|plan|planning)(?: to)?) (?:plan |do |carry out )?"
        rf"(?:an?|the|my) (?:\w{{1,9}} )?(?:attack|shooting|massacre|murder)\s{phrase(1)}(?:on|at"
        rf"|in|of)\b",
        rf"{_KISI}{phrase(3)}(?:oldur|zehirle|bicakla|bogazla|yarala|dov){INTENT}",
        rf"{_KISI}{phrase(2)}(?:vur(?:acag|mak ist)|bogar|bogac|bogmak ist)\w{{0,6}}",
        rf"\b(?:birine|birilerine|insanlara|ona|onlara|\w{{2,12}}(?:ima|ime|uma|ume))\s{phrase(3)}"
        rf"zarar ver{INTENT}",
        r"\bokul\w{0,4} (?:silah|bicak|tabanca)\w{0,3} (?:getir|gotur|sok)\w{0,12}",
        rf"\bhow (?:to|do i|can i|could i|would i|should i) {_HARM} {_PERSON}",
        rf"\bi (?:want to|am going to|will|plan to|wanna) (?:{_HARM}|hurt) {_PERSON}",
        rf"{_KISI}(?:\w{{1,12}} ){{0,2}}(?:oldur|zehirle|bicakla)"
        r"(?:urum|rum|rim|ebilirim|yebilirim|ecegim|yecegim|mek isti|sem ne)",
    ),
    rule(
        "self_harm",
        "This sounds very hard, and you deserve help from a person rather than from a program, so "
        f"{NOTHING_SENT}. In Türkiye call 112 now; elsewhere call your local emergency number. "
        "Please also tell an adult you trust.",
        (
            *("myself", "suicide", "my life", "to die", "worth living", "intihar", "kendimi"),
            *(
                "wish i",
                "dead",
                "better off",
                "to live",
                "keep living",
                "go on living",
                "in living",
                "my own life",
                "be alive",
            ),
            *("wake up", "end it all", "like this", "ways to die", "way to die", "yourself"),
            *("canima kiy", "olsem", "dogmasaydim", "yasama", "bilekler", "bilegimi", "acisiz"),
            *("kendime", "hayatima son", "olmek isti", "yasamak istemi"),
        ),
        r"\b(?:i (?:want to|am going to|plan to|intend to|wanna)|how (?:to|do i|can i)) "
        r"(?:kill(?:ing)? myself|commit(?:ting)? suicide|hurt(?:ing)? myself)",
        rf"{_OWN}i (?:really |just |only )?(?:want|wish) to die\b",
        rf"{_OWN}(?:want to|going to|how (?:to|do i|can i)|will) (?:end my life|hang myself"
        r"|cut myself|take my (?:own )?life)\b",
        r"\bi (?:have been|keep|am|was|started) (?:hurting|cutting|harming) myself\b",
        rf"{_OWN}(?:my )?life is (?:not|no longer) worth living\b",
        rf"(?:{_WILL}|\bhow (?:to|2|do i|can i|could i)\s|\b(?:thinking|thought|think) (?:of"
        rf"|about)\s"
        r"|\b(?:ways?|like|try|trying|tried|ready) to\s)(?:kill|hurt|cut|harm|hang|drown|shoot)"
        r"(?:t?ing)?"
        r" myself\b",
        rf"(?:{_WILL}|\b(?:thinking|thought|think) (?:of|about)\s|\bhow (?:to|do i|can i)\s)"
        r"(?:end(?:ing)? (?:my (?:own )?life|it all)|tak(?:e|ing) my (?:own )?life"
        r"|commit(?:ting)? suicide)",
        r"\b(?:best|easiest|quickest|fastest|painless|(?:least|most) pain\w{0,4}|good|simple) ways?"
        r" (?:to|of) (?:die|dying|commit(?:ting)? suicide|(?:kill|hang)(?:ing)? (?:my|your|one)self"
        r"|end(?:ing)? (?:my|your|a) life)",
        r"\bhow many\s(?:\w{1,12}\s){0,2}(?:pills?|tablets?|painkillers?)\s"
        rf"{words(8)}(?:die|overdose|kill (?:my|your|one)self)\b",
        rf"{_OWN}i wish (?:that )?i (?:was|were) (?:dead|never born|gone)"
        rf"|{_OWN}i wish i (?:had never been born|could (?:just )?die|did ?n.t exist)",
        rf"{_OWN}better off (?:without me\b|if i (?:was|were) (?:dead|gone))",
        rf"{_OWN}i (?:really |just )?(?:do not|don.?t|no longer) want to "
        r"(?:live|be alive|exist|be here)(?: any ?more| any longer| like this)?\s?(?:[.,!?;\n]|$)",
        rf"{_OWN}(?:no|any|a) (?:reason|point|sense) (?:to|in|for) (?:me to )?"
        r"(?:keep |go on |continue |even )?(?:live|living|being alive)\b",
        rf"{_OWN}i (?:can.?t|cannot|can not) (?:go on living|live like this|keep living|live any)",
        rf"{_OWN}i (?:want|wish|would like)\s{phrase(6)}never wake up",
        rf"{_OWN}kendimi (?:\w{{1,9}} )?(?:oldur|kes|yak|bicakla|zehirle){INTENT}",
        rf"{_OWN}kendime (?:\w{{1,9}} )?zarar ver{INTENT}",
        rf"{_OWN}canima kiy{INTENT}",
        rf"\bintihar e(?:t|d){INTENT}",
        rf"{_OWN}bile(?:k|g)(?:ler)?imi (?:\w{{1,9}} )?kes{INTENT}",
        rf"{_OWN}(?:keske (?:\w{{1,9}} )?|ben )olsem\b|{_OWN}olsem de kurtul|{_OWN}olsem daha iyi",
        rf"{_OWN}keske (?:hic )?dogmasaydim",
        rf"{_OWN}yasama(?:nin|min) (?:\w{{1,9}} ){{0,2}}anlami (?:yok|kalmadi)",
        rf"{_OWN}yasama(?:k|m) icin (?:\w{{1,9}} ){{0,2}}(?:sebe[bp]|neden)\w{{0,4}} (?:yok"
        rf"|kalmadi)",
        rf"{_OWN}yasamaktan (?:\w{{1,9}} )?(?:biktim|yoruldum|usandim|vazgec)",
        r"\bacisiz (?:\w{1,9} ){0,2}(?:olurum|olmek|olmenin|olebilirim)\b",
        r"\bkac (?:\w{1,9} )?(?:hap|ilac|tablet)\w{0,3} (?:\w{1,9} ){0,3}(?:olurum|oldurur"
        r"|olmek)\b",
        rf"{_OWN}kendimi kesiyorum",
        rf"{_OWN}kendime zarar ver(?:iyorum|mek isti|ecegim)",
        rf"{_OWN}hayatima son ver(?:mek isti|ecegim|meyi dusun)",
        rf"{_OWN}olmek istiyorum",
        rf"{_START}yasamak istemiyorum",
        r"\b(?:kendimi oldur|intihar et|intihar ed)"
        r"(?:mek istiyor|ecegim|menin yol|meyi dusunuyor)",
    ),
)
