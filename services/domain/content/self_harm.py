"""Who speaks of harming themselves, in Turkish and English."""

from __future__ import annotations

from services.domain.combinations import Notion, combine, either, near, notion
from services.domain.notions import FICTION, FOR_REAL, PAST
from services.domain.screening_rules import INTENT, NOTHING_SENT, phrase, rule, words

# Where somebody speaks for themselves: not after a quotation mark, as pupils quote verses.
_OWN = r"\b(?<!['\"“‘«’])"
_WILL = (
    r"\b(?:i|we)(?:'m|'re| am| are)? (?:just |really |only )?(?:want(?:ed)? to|need to|going to"
    r"|plan(?:ning)? to|wanna|gonna|intend to|would like to|will|about to|decided to)\s"
)
# A sentence, or what was said before it, begins here.
_START = r"(?:^|[.!?,;:\n]\s{0,3}|\b(?:artik|ben|simdi|and|but|so)\s)"

RULE = rule(
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
    rf"{_OWN}i (?:really |just )?(?:do not|don.?t|no longer) (?:want to|wanna) "
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
    rf"{_OWN}yasama(?:nin|min) (?:\w{{1,9}} ){{0,2}}(?:anlami|manasi|geregi) (?:yok|kalmadi)",
    rf"{_OWN}yasama(?:k|m) icin (?:\w{{1,9}} ){{0,2}}(?:sebe[bp]|neden)\w{{0,4}} (?:yok"
    rf"|kalmadi)",
    rf"{_OWN}yasamaktan (?:\w{{1,9}} )?(?:biktim|yoruldum|usandim|vazgec)",
    r"\bacisiz (?:\w{1,9} ){0,2}(?:olurum|olmek|olmenin|olebilirim)\b",
    rf"{_OWN}hayatima son ver{INTENT}",
    rf"{_OWN}olmek istiyo(?:ru)?m",
    rf"{_START}yasamak istemiyo(?:ru)?m",
)

# What such requests speak of, in any words and order.
_SUICIDE = notion("intihar suicid")
_METHOD = notion("""
    aci_cekmeden acisiz en_az_ac en_hizli en_kolay etmenin_en etmenin_yol nasil_ederim nasil_edil
    nasil_olunur ne_icmeli uykuda yol_hangi yontem
    easiest fastest high_enough how_to_commit least_pain looks_like_an_accident method painful
    painless quickest without_pain
""")
_NO_SUICIDE = notion("""
    apoptoz arkadasim bombaci destek durkheim hat. hatti hucre istatistik kamikaze kardesim konusmak
    kurtar kurtul neden nicin onle. onlem oran sair saldirisi sosyoloji tarih tur. turleri yardim_ed
    barrier bomber bridge cell friend help_someone hotline plath poet prevent rate. sociolog
    statistic support theme warning why.
""")
_DEATH = notion("""
    acisiz_nasil_olunur hizli_nasil_olunur kolay_nasil_olunur nasil_acisiz_olunur olmeden_once_aci
    olmek_icin olmenin
    how_to_die way_to_die way_to_go ways_to_die ways_to_go
""")
_END_LIFE = notion("end_my_life end_my_own end_one's end_ones end_ur end_your_life end_your_own")
_WAYS = notion("how. list method way. ways")
_JUMP = notion("""
    atlarsam atlasam atlayinca balkondan catidan kacinci_kat kopruden pencereden trenin_onune
    high_enough how_high jump. jumping. which_bridge which_floor
""")
_NOT_SURVIVE = notion("""
    olebil olur_muyum olurum sag_cik sag_kal
    be_fatal die. don't_survive dont_survive i_die kill_me not_survive
""")
_NO_JUMP = notion("""
    film hesapla hiz. hizi karakter kedi oyun parasut yercekimi
    cat. cats character game. gravity movie parachut speed squirrel stuntman velocity
""")
_LEAP = notion("""
    balkondan_atla balkondayim catidan_atla catidayim kopruden_atla koprudeyim metronun_onune
    trenin_onune
    front_of_a_bus front_of_a_train front_of_the_train off_a_bridge off_a_building off_a_roof
    off_the_bridge off_the_roof
""")
_I_LEAP = notion("""
    atlasam atlayacagim atlayacam atlicam dusunuyorum istiyorum
    gonna i'll i'm_going i_want i_will should_i thinking_about thinking_of
""")
_CUTS = notion("jilet_izlerimi kesik_izlerimi kesiklerimi my_cuts")
_HIDE = notion("belli_olma gizle gorme sakla cover hide")
_EASIER = notion("olmek_daha_iyi olmek_daha_kolay olmeyi_dusun olup_kurtul olmeyi_ist")
_DEATH_BY = notion("asilarak bogularak bleeding_out drowning hanging overdose overdosing")
_HURTS = notion("aci_ver acili acitir hurt. painful")
_MEANT = notion("deneyecegim istiyorum gonna i'll i'm_going i_want i_will")
_STARVE = notion("""
    ac_kalarak ac_kalirsam ac_kalsam kendimi_ac su_icmezsem yemek_yemezsem
    starve_myself starving_myself stop_drinking stop_eating
""")
_I_DIE = notion("olebil olmek olur_muyum olurum i'm_dead i_die kill_me to_die")
_NO_STARVING = notion("""
    diyet grevi korkuyor oruc ramazan
    diet fast. fasting ramadan scared strike
""")
_TAKE_ALL = notion("""
    butun_kutuyu hepsini_birden hepsini_icec hepsini_icic hepsini_yut kutunun_tamam
    swallow_all swallow_them take_all_of take_them_all took_all_the
""")
_BLEED = notion("jilet bleed burn_myself cigarette_on razor")
_ON_ME = notion("""
    bacagima bilegim kendime koluma kolumu
    my_arm my_leg my_skin my_wrist myself
""")
_ROPE = notion("""
    dugum halat ip. ipi iple tavan urgan
    knot noose rope
""")
_HANG = notion("kendimi_as hang_myself hanging_myself")
_I_CUT = notion("burn_myself burned_myself cut_myself cutting_myself scratch_myself")
_AGAIN = notion("again. better. can't_stop cant_stop every_day every_night feels keep. relief")
_NO_AGAIN = notion("by_accident used_to want_to_stop")
_REALLY = notion("""
    ayrintili detayli gercekten ise_yarayan
    actually_work in_detail really_work works.
""")
_PILLS = notion("""
    agri_kesici antidepresan camasir_suyu fare_zehiri hap. hapi hapla hapt ilac. ilaci ilacl ilact
    parasetamol parol. uyku_hapi
    antidepressant antifreeze aspirin bleach ibuprofen painkiller paracetamol pill. pills.
    sleeping_pill tablet tylenol xanax
""")
_DYING = notion("""
    beni_oldur oldurur oleyim olmek olmem olumcul olume olur_muyum olurum uyanma
    be_fatal die. end_it fatal i'd_die i_die is_fatal kill_me kill_myself lethal never_wake not_wake
    to_die wake_up
""")
_HOW_MANY = notion("""
    hangi ictim kac. kac_tane nasil ne_kadar yuttum
    enough how_long how_many how_much i_took what. which
""")
_NUMBER = Notion(r"\b\d{1,3}", ())
_NO_PILLS = notion("""
    acaba_annem annem babam bocek dedem fare iyi_olur kardesim kedi kopek korkuyorum ninem
    yanlislikla
    alarm by_accident chemistry_class law. mice my_cat my_dog my_grand my_mother my_mum overslept
    penalty rat. worried
""")
_BODY = notion("bacagimi bilegimi bileklerimi kollarimi kolumu my_arm my_leg my_thigh my_wrist")
_CUTTING = notion("""
    cakmakla cizdim cizince ciziyor jilet kes+ kesesim kesince kesiyor kesmek kessem kestim
    sigara_bas yakiyor yakmak
    burning. cut. cutting. razor. slit. slitting.
""")
_NO_CUTTING = notion("""
    alci cast. dovme kagit kaza kedi mutfak portre resim tras yanlislikla
    accident cat. cooking drawing kitchen paper shav tattoo
""")

COMBINATIONS = (
    combine("self_harm", _SUICIDE, _METHOD, unless=either(_NO_SUICIDE, FICTION)),
    combine("self_harm", _SUICIDE, _METHOD, _REALLY),
    combine("self_harm", _DEATH, _METHOD, unless=either(_NO_SUICIDE, _NO_PILLS, PAST, FICTION)),
    combine(
        "self_harm", _PILLS, near(either(_HOW_MANY, _NUMBER), 3, _PILLS), _DYING, unless=_NO_PILLS
    ),
    combine("self_harm", _END_LIFE, _WAYS, unless=either(_NO_SUICIDE, FICTION)),
    combine("self_harm", _END_LIFE, _WAYS, FOR_REAL),
    combine("self_harm", _JUMP, _NOT_SURVIVE, unless=_NO_JUMP),
    combine("self_harm", _STARVE, _I_DIE, unless=_NO_STARVING),
    combine("self_harm", _TAKE_ALL, _PILLS, unless=_NO_PILLS, is_wide=True),
    combine("self_harm", _BLEED, _ON_ME, unless=_NO_CUTTING),
    combine("self_harm", _HANG, _ROPE, unless=FICTION),
    combine("self_harm", _I_CUT, _AGAIN, unless=either(_NO_CUTTING, _NO_AGAIN)),
    combine("self_harm", _BODY, _CUTTING, unless=_NO_CUTTING),
    combine("self_harm", _LEAP, _I_LEAP, unless=either(_NO_JUMP, notion("bungee dive. pool swim"))),
    combine("self_harm", _CUTS, _HIDE, unless=_NO_CUTTING),
    combine("self_harm", _EASIER, unless=either(FICTION, PAST)),
    combine("self_harm", _DEATH_BY, _HURTS, _MEANT, unless=either(FICTION, PAST), is_wide=True),
)
