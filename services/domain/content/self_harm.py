"""Who speaks of harming themselves, in Turkish and English."""

from __future__ import annotations

from services.domain.combinations import combine, either, followed, notion
from services.domain.content.phrases import WILL
from services.domain.notions import FICTION, PAST
from services.domain.screening_rules import INTENT, NOTHING_SENT, phrase, rule, words

# Where somebody speaks for themselves: not after a quotation mark, as pupils quote verses.
_OWN = r"\b(?<!['\"“‘«’])"
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
    r"\b(?:i (?:want to|am going to|plan to|intend to|wanna)|how (?:to|do i|can i)) "
    r"(?:kill(?:ing)? myself|commit(?:ting)? suicide|hurt(?:ing)? myself)",
    rf"{_OWN}i (?:really |just |only )?(?:want|wish) to die\b",
    rf"{_OWN}(?:want to|going to|how (?:to|do i|can i)|will) (?:end my life|hang myself"
    r"|cut myself|take my (?:own )?life)\b",
    r"\bi (?:have been|keep|am|was|started) (?:hurting|cutting|harming) myself\b",
    rf"{_OWN}(?:my )?life is (?:not|no longer) worth living\b",
    rf"(?:{WILL}|\bhow (?:to|2|do i|can i|could i)\s|\b(?:thinking|thought|think) (?:of"
    rf"|about)\s"
    r"|\b(?:ways?|like|try|trying|tried|ready) to\s)(?:kill|hurt|cut|harm|hang|drown|shoot)"
    r"(?:t?ing)?"
    r" myself\b",
    rf"(?:{WILL}|\b(?:thinking|thought|think) (?:of|about)\s|\bhow (?:to|do i|can i)\s)"
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
)

# What such requests speak of, in any words and order.
_SUICIDE = notion("intihar suicid")
_METHOD = notion("""
    yontem etmenin_yol etmenin_en acisiz en_kolay en_hizli en_az_aci nasil_edil nasil_ederim
    yol_hangi yontem_hangi en_az_ac looks_like_an_accident fastest high_enough method painless
    least_pain easiest quickest how_to_commit without_pain
""")
_NO_SUICIDE = notion("""
    neden nicin onle. onlem onleme oran istatistik sosyoloji durkheim tur. turleri arkadasim
    kardesim yardim_ed kurtul kurtar tarih sair hucre apoptoz saldirisi bombaci kamikaze hat.
    hatti destek konusmak bomber cell poet bridge barrier plath
    why. prevent hotline friend statistic rate. sociolog support warning theme help_someone
""")
_DEATH = notion("""
    olmek_icin olmenin way_to_die ways_to_die
""")
_REALLY = notion(
    "ise_yarayan gercekten ayrintili detayli really_work actually_work works. in_detail"
)
_PILLS = notion("""
    hap. hapi hapt hapla ilac. ilaci ilact ilacl ilacin ilactan uyku_hapi agri_kesici parasetamol
    parol. aspirin antidepresan tablet pill. pills. sleeping_pill painkiller paracetamol tylenol
    ibuprofen xanax antidepressant
""")
_DYING = notion("""
    olurum olur_muyum oleyim olmek olmem oldurur uyanma uyanmam uyanmay olume olumcul beni_oldur
    fatal
    to_die i_die i'd_die die. kill_me kill_myself not_wake never_wake wake_up be_fatal is_fatal
    lethal end_it
""")
_HOW_MANY = notion("""
    kac. kac_tane hangi ne_kadar nasil
    how_long i_took ictim yuttum how_many how_much which what. enough
""")
_NO_PILLS = notion("""
    kopek kedi annem babam dedem ninem kardesim yanlislikla fare bocek acaba_annem iyi_olur
    korkuyorum
    my_dog my_cat my_mum my_mother my_grand accident worried rat. mice overslept law. alarm
    penalty chemistry_class
""")
_LIFE = notion("""
    hayatima hayatimi hayatimin her_seyi bunu_hizl bu_hayat yasamima yasamaya yasamanin
""")
_ENDING = notion("""
    bitiriyorum bitirecegim bitireyim bitirmek bitirmenin bitsin son_ver+ son_veriyor
""")
_LEAVING = notion("""
    kendimi_asac kendimi_asmak
    end_it end_everything end_my ending_it go_for_good leave_this_world take_my_life
    nobody_would_miss_me no_one_would_miss_me wouldn't_miss_me
""")
_FAREWELL = notion("""
    bu_gece bu_aksam artik veda elveda kalmadi son_kez istemiyorum dayanamiyorum
    tonight decided ready_to goodbye for_good doesn't_hurt which_method i'm_done
""")
_NO_FAREWELL = notion("""
    odev proje sinav kitap dizi. bolum oyun konuyu testi projey tez. romani filmin
    homework project essay exam book. game. level. chapter session subscription story series
    season film movie course friendship conclusion quote. sentence
""")
_BODY = notion(
    "kolumu kollarimi bilegimi bileklerimi bacagimi my_arm my_arms my_wrist my_thigh my_leg"
)
_CUTTING = notion("""
    kesiyor ciziyor cizince kesince kesmek kestim jilet kesesim kessem cizdim
    cutting. cut. razor. slit. slitting. burning.
""")
_NO_CUTTING = notion("""
    yanlislikla kaza mutfak resim portre alci tras dovme kagit kedi
    accident kitchen paper drawing cast. shav cooking tattoo cat.
""")

COMBINATIONS = (
    combine("self_harm", _SUICIDE, _METHOD, unless=either(_NO_SUICIDE, FICTION)),
    combine("self_harm", _SUICIDE, _METHOD, _REALLY),
    combine("self_harm", _DEATH, _METHOD, unless=either(_NO_SUICIDE, _NO_PILLS, PAST, FICTION)),
    combine("self_harm", _PILLS, followed(_HOW_MANY, 3, _PILLS), _DYING, unless=_NO_PILLS),
    combine("self_harm", _LIFE, followed(_LIFE, 2, _ENDING), _FAREWELL, unless=_NO_FAREWELL),
    combine("self_harm", _LEAVING, _FAREWELL, unless=_NO_FAREWELL),
    combine("self_harm", _BODY, _CUTTING, unless=_NO_CUTTING),
)
