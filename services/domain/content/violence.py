"""Which requests ask how to hurt somebody, in Turkish and English."""

from __future__ import annotations

from services.domain.content.phrases import ASK, CONTENT_FOUND, HERE, WILL
from services.domain.screening_rules import INTENT, phrase, rule

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

RULE = rule(
    "violence",
    CONTENT_FOUND.format(
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
    rf"{WILL}(?:{_HARM}|hurt) {_PERSON}",
    rf"\b(?:best|easiest|quickest|fastest|perfect|good|any|a) ways? (?:to"
    rf"|of) {_HARMING} {_PERSON}",
    rf"\b(?:poisons?|drugs?|pills?) {phrase(2)}(?:kills?|can kill|to kill) {_PERSON}",
    rf"\b{_HARMING} {_PERSON}\s{phrase(3)}without\s{phrase(3)}(?:trace|marks?|caught|notic"
    rf"|know)",
    rf"(?:{ASK}|{WILL}){phrase(1)}beat (?:up )?{_PERSON}(?:\s{phrase(3)})?(?: up\b|without)",
    rf"\b(?:help me|{HERE} (?:want|going|plan|planning)(?: to)?) (?:plan |do |carry out )?"
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
)
