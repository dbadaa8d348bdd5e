"""Which requests ask how to hurt somebody, in Turkish and English."""

from __future__ import annotations

from services.domain.combinations import combine, either, near, notion
from services.domain.content.phrases import ASK, CONTENT_FOUND, HERE, WILL
from services.domain.notions import ASKING, DANGER, FICTION, GAME, I_DO, PAST, SUMS
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

# What such requests speak of, in any words and order.
_PEOPLE = notion("""
    onu. onlari ona. onlara onun. seni. birini birisini birine ogretmen arkadas kardes komsu mudur
    annem babam abim ablam adami cocugu cocuga kizi. kiza. herkesi herkese sinif hocayi hocaya
    uvey insan karimi kocami patronu sevgilim kuzenim yurttaki multeci suriyeli him. her. them.
    someone somebody person people teacher friend classmate
    brother sister boss mother father stepdad stepmom mom. dad. wife husband neighbo boy. girl.
    kid. guy. everyone he. she. bully principal roommate ex. kuzen okuldaki siniftaki
""")
_HARMS = notion("""
    oldur+ oldurmek oldurec zehirle+ bicakla+ bogazla+ bogma bogar bogac yarala+ vurma vurac
    vurursam vursam dovme dovec dover kemiklerini kafasini_kir
    sakatla+ sisle+ kesec yaksam yakac oldursem merdivenden_it suya_it camdan_it agzini_burnunu
    kill. killing. murder. stab. stabbing. poison. poisoning. strangl shoot. shooting. beat_up
    beat_him beat_her beat_the hurt. hurting. drown. choke. injure. cripple
""")
_I_HARM = notion("""
    istiyor nasil nereden neresi ne_ile yolu yolunu iz_birak iz_kal acit yakalanma ceza_alma
    kaza_gibi anlamasin planl bogac kiracagim kiracam yapacam oldurecem kimse_anlama
    i_want i_wanna i'm_going i_am_going i_will i'll i'm_gonna gonna how_do_i how_can_i how_to
    im_gonna im_going plan_for plan_to should_i can_i best_way easiest_way help_me plan. planning
    without_leaving without_getting get_away_with which_part where_should
""")
_NO_HARM = either(
    GAME,
    FICTION,
    SUMS,
    notion("""
        bakteri mikrop virus hucre akyuvar antibiyotik bocek sinek fare. fareler karinca hamamboce
        bit. hayvan av. avini aslan zaman mecaz degil deyim rekor sinav matematik rakip mac. takim
        tehdit_ed tehdit_ediy tenis gol. fotograf video. film_ savun korun atasoz beni_ bana_
        bacteria germ cell insect bug. mosquito rat. mice animal prey lion time. bird metaphor
        idiom joke tennis match goal photo movie video film defend protect threaten_me
        threatens_me hurt_me feelings without_hurt first_aid kill_me killing_me apolog not_hurt
        don't_hurt avoid_hurt hurt_by at_chess sorry never range. spelling_bee knee
    """),
)
_SERVE = notion("""
    cayina cayin_icine kahvesine yemegine yemegin_icine suyuna icecegine corbasina put_in
    slip_in slip_into mix_into put_into add_to drink. coffee. tea. soup.
""")
_TO_DEATH = notion("""
    katsam_olur koysam_olur olmesi oldur zehir bayil hasta_ol kalp_kriz die. dies. dead. death
    poison kill. sick. deserves pass_out never_wake laxative really_ill very_ill gets_ill
""")
_BRING = notion("bicak silah tabanca pompali knife gun. weapon machete")
_TO_SCHOOL = notion("""
    okula sinifa yarin. goturec getirec getirip goturup gosterec odeyec gunlerini gununu
    bring. bringing. to_school tomorrow. pay. regret show_them show_him
""")
_WEAPON_I = notion("""
    getirec getirip goturec goturup sokarim sokmak sokabil sokac vurac gosterec gotureyim
    nasil_sok
    i'm_bringing i_am_bringing i'll_bring i_will_bring gonna_bring how_can_i how_do_i i_want
    going_to_bring sneak. bring_a
""")
_MOB = notion("""
    jump_him jump_her gang_up throw_stones throw_rocks kovmaya
    dovmeye tas_atmaya saldirmaya linc vurmaya siddete dovsun beat_up beating_up attack. hurt.
    lynch
""")
_CALL = notion("""
    cagiran cagirmak mesaji cagir cagri davet grub mesaj_yaz metin_yaz slogan telling_everyone
    tell_everyone message. post.
    calling_for call_on convince get_everyone urging incite flyer
""")
_NO_MOB = either(
    PAST,
    DANGER,
    notion("""
        karsi_ siddete_hayir bana_ beni_ haber oyun
        against stop. chess king heart panic me. news
    """),
)
_ARSON = notion("yakma yakac yakari yaksam kundakla set_fire burn_down burning_down atese_ver")
_BUILDING = notion(
    "okul sinif ev. evi. evini araba dukkan school house classroom car. building shop"
)

COMBINATIONS = (
    combine("violence", _HARMS, near(_HARMS, 4, _PEOPLE), _I_HARM, unless=_NO_HARM),
    combine("violence", _SERVE, _TO_DEATH, _PEOPLE, ASKING, unless=_NO_HARM, is_wide=True),
    combine("violence", _BRING, _TO_SCHOOL, _WEAPON_I, unless=_NO_HARM),
    combine("violence", _MOB, _PEOPLE, _CALL, unless=_NO_MOB),
    combine("violence", _ARSON, _BUILDING, either(_I_HARM, I_DO), unless=_NO_MOB),
)
