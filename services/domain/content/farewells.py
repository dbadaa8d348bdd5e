"""Who takes leave of life, in Turkish and English: a part of `self_harm`."""

from __future__ import annotations

from services.domain.combinations import combine, either, followed, notion
from services.domain.notions import FICTION

# What such texts speak of, in any words and order.
_HEAVY = notion("""
    hayat_bana hayat_cok_agir yasamak_artik yasamak_bana yasamak_cok yasayamiyorum
    can't_live life_is_too living_is_too
""")
_GIVE_UP = notion("bitireyim bitirmek_ist dayanacak dayanamiyorum end_it give_up")
_FAREWELLS = notion("""
    aileme_soyle anneme_soyle bir_veda hakkinizi_helal helal_ed helal_et veda_mektub veda_mesaj
    veda_not veda_yaz
    farewell_letter goodbye_forever goodbye_letter goodbye_message goodbye_note tell_my_dad
    tell_my_family tell_my_mom tell_my_mum tell_my_parents
""")
_FOR_EVER = notion("""
    aramasin aranizda_olma ben_olmayacagim bir_daha_gor bitecek bu_dunyada_olma bu_dunyadan
    her_sey_bit hersey_bit kimse_arama olmayacagim_ son_gece yasamayaca
    be_alive by_the_time_you forever i'll_be_gone no_one_will_find nobody_will_find not_be_alive
    take_my_life this_is_the_end tonight_is until_morning will_be_gone won't_be_here wont_be_here
""")
_NOTE = notion("intihar_mektub intihar_not suicide_letter suicide_note")
_MY_NOTE = notion("bana benim yaz. yazar_mi yazmak for_me i_ me. my.")
_NO_NOTE = notion("""
    arkadas bulduk buldum kitap neden
    found friend plath werther why. woolf
""")
_GONE = notion("""
    gidiyorum olmayacagim olmayacam olmicam olsem yok_olacagim yok_olmak_ist yok_olup
    be_gone if_i_died if_i_disappear wanna_disappear want_to_disappear when_i'm_gone won't_be_here
    wont_be_here
""")
_BETTER = notion("""
    bensiz kimse_ozle kimsenin_umr rahat_ed rahatlayac umrunda umurunda yuk_ol
    better_off burden everyone_will_be no_one_would_care no_one_would_notice nobody_cares
    nobody_would_care nobody_would_even nobody_would_notice without_me
""")
_LIFE = notion("bu_hayat bunu_hizl hayatima hayatimi her_seyi yasamanin yasamaya yasamima")
_ENDING = notion("""
    bitirecegim bitireyim bitiriyorum bitirmek bitirmenin bitsin son_ver+ son_veriyor
""")
_LEAVING = notion("""
    kendimi_asac kendimi_asmak
    end_everything end_it end_my ending_it go_for_good leave_this_world no_one_would_miss_me
    nobody_would_miss_me take_my_life wouldn't_miss_me
""")
_FAREWELL = notion("""
    artik bu_aksam bu_gece dayanamiyorum elveda istemiyorum kalmadi karar son_kez veda
    decided doesn't_hurt for_good goodbye i'm_done ready_to tonight which_method
""")
_NO_FAREWELL = notion("""
    bolum dizi. film kitap konuyu mezun odev ogretmenime okulda oyun proje romani sinav tasin testi
    tez.
    book. chapter conclusion course essay exam exchange friendship game. graduat homework level.
    movie quote. season sentence series session story subscription transfer
""")

COMBINATIONS = (
    combine("self_harm", _FAREWELLS, _FOR_EVER, unless=_NO_FAREWELL, is_wide=True),
    combine("self_harm", _NOTE, _MY_NOTE, unless=either(FICTION, _NO_NOTE)),
    combine("self_harm", _GONE, _BETTER, unless=_NO_FAREWELL, is_wide=True),
    combine("self_harm", _LIFE, followed(_LIFE, 2, _ENDING), _FAREWELL, unless=_NO_FAREWELL),
    combine("self_harm", _LEAVING, _FAREWELL, unless=_NO_FAREWELL),
    combine("self_harm", _HEAVY, _GIVE_UP, unless=_NO_FAREWELL),
)
