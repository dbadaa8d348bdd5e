"""Which requests ask how to hurt somebody, in Turkish and English."""

from __future__ import annotations

from services.domain.combinations import Notion, combine, either, followed, near, notion
from services.domain.content.phrases import CONTENT_FOUND
from services.domain.notions import (
    ASKING,
    FICTION,
    FOR_REAL,
    GAME,
    I_DO,
    PAST,
    SUMS,
)
from services.domain.screening_rules import rule

RULE = rule(
    "violence",
    CONTENT_FOUND.format(
        "how to hurt somebody",
        "If you are in danger or very angry, please talk to an adult you trust.",
    ),
)

# What such requests speak of, in any words and order.
PEOPLE = notion("""
    abim ablam adami annem arkadas babam birine birini birisini cocuga cocugu her. herkese herkesi
    hocaya hocayi insan kardes karimi kiza. kizi. kocami komsu kuzen mudur multeci ogretmen okuldaki
    ona. onlara onlari onu. onun. patronu seni. sevgilim sinif suriyeli uvey yurttaki
    boss boy. brother bully children classmate dad. everybody everyone ex. father friend girl. guy.
    he. him. husband kid. kids. man. mom. mother neighbo parents people person principal pupil
    roommate schoolmate she. sister somebody someone stepdad stepmom stranger student teacher them.
    wife woman.
""")
_HARMS = notion("""
    agzini_burnunu asit_atmak asit_atsam asit_dok bicakla+ bogac bogar bogazla+ bogma camdan_it
    dovec dover dovme kafasini_kir kemiklerini kesec kezzap merdivenden_it oldur+ oldurec oldurmek
    oldursem sakatla+ sisle+ suya_it vurac vurma vursam vurursam yakac yaksam yarala+ zehirle+
    acid_on assassinat beat_her beat_him beat_somebody beat_someone beat_the beat_up behead choke.
    cripple drown. hurt. hurting. injure. kill. killing. murder. poison. poisoning. shoot. shooting.
    stab. stabbing. strangl suffocat throw_acid torture
""")
# As a story tells it.
_TOLD = either(
    _HARMS,
    notion("""
        bicakliyor bogar bogazliyor bogdu dovdu dover oldurd oldurur olduruyor zehirli
        kills.
    """),
)
# What somebody says they will do themselves; of whom, they name beside it.
_I_WILL_HARM = notion("""
    bicakla+ bogazla+ dovece dovelim dovmek_icin dovmek_isti dovmeyi dovucem gebert+ keseceg kesecem
    kesicem oldur+ parcala+ sakatla+ sisle+ vuraca vurmak_icin vurmak_ist vurmayi_dusun vurucam
    yakac yakicam yarala+ zarar_ver+ zarar_vermenin zehirle+
""")
_HARMS_EN = notion("""
    assassinate. beat_up behead. drown. hurt. kill. murder. poison. shoot. stab. strangle.
    suffocate. torture.
""")
_I_WILL = notion("""
    i'd_like_to i'll i'm_about_to i'm_going_to i'm_gonna i'm_planning_to i_am_going_to i_am_gonna
    i_am_planning_to i_decided_to i_intend_to i_need_to i_plan_to i_wanna i_want_to i_will
    i_would_like_to we'll we're_going_to we_are_going_to we_want_to we_will
""")
SAID = notion("""
    asla attilar bagir cumle dedi diye_ diyen diyor gibi_ol istemiyor_ mesaj_at replik sakin sarki
    soyledi tehdit yapmak_istemi yazdi yazmis
    calm line. lyric said says texted threat told_me wrote
""")
_BLOW = notion("""
    bayilt iter sererim sermek vurma vursam vurul yumruk
    beat. choke. hit. kick. knock_ punch. punching push. shove slap.
""")
_WHO = notion("""
    arkadas birini cocu her. hoca insan kardes ogretmen onu. onun
    boy. brother classmate friend girl. guy. him. kid. people person sister somebody someone teacher
""")
_LASTING = notion("""
    bayil en_cok_aci hastanelik iz_birak iz_kalma kalkamas kalkmasin kalkmaz komaya nakavt neresine
    sakat_kal tek_yumruk
    bleed break_her break_his hospital knocked_out lasting never_get no_bruis no_marks not_get_up
    one_punch pass_out permanent the_most_pain unconscious without_bruis without_leaving won't_get
""")
_NO_BLOW = either(
    GAME,
    FICTION,
    SUMS,
    notion("""
        boks ilk_yardim karate rakib savun
        ball. boxing defen first_aid protect rules
    """),
)
_LIMB = notion("""
    bacagini boynunu burnunu cenesini her_nose kemiklerini kolunu
    her_arm her_bones her_leg her_neck his_arm his_bones his_leg his_neck his_nose
""")
_BREAK = notion("ez+ kir+ kirilir kirmak kirmanin break. breaking snap.")
_WISHED_DEAD = followed(
    notion("want_her want_him want_my want_that want_them wish_my"),
    4,
    Notion(r"\bdead\s{0,2}(?:[.!?,]|$|and\b)", ("dead",)),
)
_POISON = notion("zehir poison toxin")
_UNTRACED = notion("""
    anlasilma belli_olma fark_edilme iz_birakma otopsi tatsiz_kokusuz tespit_edil
    autopsy can't_be_detected doctors_can't hard_to_detect no_one_can no_trace nobody_can
    not_be_detected tasteless undetect unnoticed untrace without_being without_trace
""")
_DISGUISED_DEATH = notion("""
    eceliyle_olmus intihar_susu kaza_gibi kaza_susu krizi_gibi
    like_a_heart like_an_accident like_suicide look_natural
""")
_NO_DISGUISE = either(FICTION, notion("belirti ilk_yardim neden neler_ol first_aid symptom why."))
I_HARM = notion("""
    acit anlamasin bogac ceza_alma istiyor iz_birak iz_kal kac_dakika kac_kez kaza_gibi kimse_anlama
    kiracagim kiracam nasil ne_ile ne_kadar_sur nereden neresi oldurecem plan_for planl yakalanir
    yakalanma yapacam yollarini yolu zarar_ver
    am_planning best_way can_i does_it_take easiest_way fastest_way get_away_with gonna good_way
    help_me how_can_i how_could_i how_do_i how_should how_to how_would_i i'll i'm_going i'm_gonna
    i_am_going i_intend i_need i_plan i_wanna i_want i_will im_going im_gonna it_take_to perfect_way
    plan. plan_to planning quickest_way should_i where_should which_part without_a_trace without_any
    without_being without_getting without_leaving
""")
NO_HARM = either(
    GAME,
    FICTION,
    SUMS,
    notion("""
        akyuvar antibiyotik aslan atasoz av. avini bakteri bana_bagir bana_kiz bana_sald bana_tehd
        bana_vur bana_zorb beni_dov beni_it beni_oldur beni_tehd beni_zorb bird bocek degil deyim
        fare. fareler film fotograf gibi_oluyor gol. hamamboce hayvan hucre karinca korun mac.
        matematik mecaz mikrop rakip range. rekor sakinles savun sinav sinek takim tehdit_ed tenis
        video virus zaman
        animal apolog at_chess avoid_hurt bacteria bit. bug. calm_down cell defend don't_hurt
        feelings first_aid germ goal hurt_by hurt_me idiom insect joke kill_me killing_me knee lion
        match metaphor mice mosquito movie never not_hurt photo prey protect rat. sorry spelling_bee
        tennis threaten_me threatens_me time. without_hurt
    """),
)
_SERVE = notion("""
    cayin_icine cayina corbasina icecegine kahvesine suyuna yemegin_icine yemegine
    add_to coffee. drink. mix_into put_in slip_in soup. tea.
""")
_TO_DEATH = notion("""
    bayil hasta_ol kalp_kriz katsam_olur koysam_olur oldur olmesi zehir
    dead. death deserves die. dies. gets_ill kill. laxative never_wake pass_out poison really_ill
    sick. very_ill
""")

COMBINATIONS = (
    combine("violence", _HARMS, I_HARM, near(_HARMS, 4, PEOPLE), unless=NO_HARM),
    combine(
        "violence",
        _I_WILL_HARM,
        near(_I_WILL_HARM, 4, PEOPLE),
        unless=either(NO_HARM, SAID),
    ),
    combine(
        "violence",
        _HARMS_EN,
        followed(followed(_I_WILL, 1, _HARMS_EN), 3, PEOPLE),
        unless=either(NO_HARM, SAID),
    ),
    combine("violence", _TOLD, near(_TOLD, 4, PEOPLE), ASKING, FOR_REAL, unless=GAME, is_wide=True),
    combine("violence", _BLOW, near(_BLOW, 4, _WHO), _LASTING, ASKING, unless=_NO_BLOW),
    combine("violence", _POISON, _UNTRACED, ASKING, unless=either(GAME, FICTION, PAST)),
    combine("violence", _DISGUISED_DEATH, PEOPLE, either(I_DO, ASKING), unless=_NO_DISGUISE),
    combine("violence", _SERVE, _TO_DEATH, PEOPLE, ASKING, unless=NO_HARM, is_wide=True),
    combine("violence", _LIMB, near(_LIMB, 2, _BREAK), either(I_HARM, I_DO), unless=_NO_BLOW),
    combine("violence", _WISHED_DEAD, ASKING, unless=either(GAME, FICTION), is_wide=True),
)
