"""Who plans, announces or calls for violence, in Turkish and English: a part of `violence`."""

from __future__ import annotations

from services.domain.combinations import combine, either, followed, near, notion
from services.domain.content.violence import I_HARM, NO_HARM, PEOPLE, SAID
from services.domain.notions import DANGER, FICTION, FOR_REAL, GAME, I_DO, PAST

# What such texts speak of, in any words and order.
_MASSACRE = notion("""
    bicakli_saldiri katliam silahli_saldiri
    mass_shooting massacre school_shooting
""")
_PLAN = notion("carry_out_an do_an plan_a plan_my plan_the planning_a")
_ATTACK = notion("attack massacre murder shooting")
_PLANNED = notion("""
    nasil_planla planliyorum yapacagim yapacam yapicam yapmak_isti
    carry_out_a help_me_plan i'm_planning i_plan
""")
_SHOOT_UP = notion("""
    blow_up_my blow_up_the kill_everyone shoot_everyone shoot_up shooting_up stab_everyone
""")
_CROWD = notion("class church everyone mall mosque office school students")
_THREAT = notion("""
    olum_tehdid tehdidi_me tehdit_mektub tehdit_mesaj tehdit_metn tehdit_not tehdit_yaz
    death_threat threat_so threat_to threatening_lett threatening_mess threatening_note
    threatening_text write_a_threat
""")
_WRITE = notion("hazirla~ yaz. yazar_mis yazmam yazsana compose draft help_me write.")
_NO_THREAT = notion("""
    aldim alirsa almis atiyor atti bana_att bana_gonder bana_mesaj bana_ol bana_tehdit bana_yazd
    beni_ geldi kompozisyon polis tarih
    essay getting histor i_got news police received report sent_me to_me
""")
_BRING = notion("bicak pompali silah tabanca gun. knife machete weapon")
_TO_SCHOOL = notion("""
    getirec getirip gosterec goturec goturup gunlerini gununu odeyec okula sinifa yarin.
    bring. bringing. pay. regret show_him show_them to_school tomorrow.
""")
_WEAPON_I = notion("""
    getir+ getirec getirip gosterec gotur+ goturec gotureyim goturup nasil_sok sok+ sokabil sokac
    sokarim sokmak vurac
    bring_a going_to_bring gonna_bring how_can_i how_do_i i'll_bring i'm_bringing i_am_bringing
    i_want i_will_bring sneak.
""")
_MOB = notion("""
    dovmeye dovsun kovmaya linc saldirmaya siddete tas_atmaya tasla+ taslamaya vurmaya
    attack. beat_up beating_up gang_up hurt. jump_her jump_him lynch throw_rocks throw_stones
""")
_CALL = notion("""
    cagir cagri davet grub mesaj_yaz mesaji metin_yaz slogan
    call_on calling_for convince flyer get_everyone incite message. post. tell_everyone
    telling_everyone urging
""")
_NO_MOB = either(
    PAST,
    DANGER,
    notion("""
        bana_ beni_ haber karsi_ oyun siddete_hayir
        against chess heart king me. news panic stop.
    """),
)
_ARSON = notion("""
    atese_ver kundakla yakac yakari yakcam yakicam yakma yaksam
    burn_down burn_her burn_his burn_my burn_the burning_down set_fire
""")
_I_BURN = notion("kundakla+ yakac yakarim yakariz yakcam yakicam")
_NO_ARSON = notion("""
    ates_ atesi_ isigi isik kalori kamp lamba mangal mum. sarki soba
    calor candle stove
""")
_BUILDING = notion("""
    araba dukkan ev. evi. evini evlerini okul sinif
    building car. classroom house school shop
""")

COMBINATIONS = (
    combine("violence", _ATTACK, followed(_PLAN, 2, _ATTACK), unless=either(PAST, DANGER, GAME)),
    combine("violence", _MASSACRE, either(FOR_REAL, _PLANNED), unless=PAST),
    combine("violence", _SHOOT_UP, _CROWD, I_HARM, unless=either(GAME, FICTION, PAST)),
    combine("violence", _THREAT, _WRITE, unless=either(_NO_THREAT, FICTION)),
    combine("violence", _BRING, _TO_SCHOOL, _WEAPON_I, unless=NO_HARM),
    combine("violence", _MOB, PEOPLE, _CALL, unless=_NO_MOB),
    combine("violence", _ARSON, _BUILDING, either(I_HARM, I_DO), unless=_NO_MOB),
    combine("violence", _I_BURN, near(_I_BURN, 3, _BUILDING), unless=either(_NO_ARSON, SAID)),
)
