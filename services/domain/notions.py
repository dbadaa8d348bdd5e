"""What many requests speak of, in Turkish and English: asking, making, learning, protecting."""

from __future__ import annotations

from services.domain.combinations import notion

ASKING = notion("""
    acikla adim anlat asama gerek goster hangi ipuclari ister istiyor kac. lazim malzeme nasil ne.
    nedir neler nerden nerede ogren ogret oran puf_nokta sirala soyle tarif tips tuyo ver. verir
    yardim yaz. yazar yollar yolu yontem
    describe direction explain give going_to gonna guide help how. ingredient instruction list
    manual need plan. planning recipe show step_by steps teach tell trying tutorial walk_me wanna
    want way. ways. what's what. where which write
""")
MAKING = notion("""
    birlestir~ cevir~ donustur~ elde_et~ hazirla~ imal instructions_for karistir~ kur~ monte tarif
    topla~ uretimi uret~ yapimi yap~
    are_made assemb blueprint brew. build. building. concoct construct convert cook_up creat
    directions_for guide_for guide_to is_made make. making. manual. manufactur mix. mixing. prepar
    print produc put_together recipe rig. synthes turn_ turning tutorial whip_up
""")
# What one has to know to make a thing.
HOW_MADE = notion("""
    adim asama derece_ devre kablo kac_gram malzeme oranda oranlari parca reagent sicaklik
    amount conditions ingredient materials parts. proportion temperature what's_in whats_in wired
    wiring
""")
# Somebody speaks of doing it themselves.
I_DO = notion("""
    evde gerekiyor gerekli icin_ne isterd isteri istiyor kendi. kendim kimden lazim ogrenmek ogret
    yapabilirim yapacag yapalim yaparim
    at_home can_i could_i going_to gonna help_me household how_can_i how_do_i how_to i'm_going
    i_need i_wanna i_want let's my_own should_i show_me teach_me tell_me trying_to wanna want_to
    where_can_i where_do_i where_to would_i
""")
# Who has to do with what a notion names as with history, or as with a danger, may ask.
PAST = notion("""
    bulan bulmus bulundu cag. cagi. caginda hirosima icat kim. kimler mitoloji muze ne_zaman neden
    nicin niye nobel nukleer osmanli savas tarih yuzyil
    ancient atom century discover hiroshima histor invent manhattan middle_ages museum nuclear
    ottoman war. wars. when. who. why. ww1 ww2 wwi
""")
DANGER = notion("""
    afis asla bagimlili ceza dikkat_edil dikkat_et egitim engellemek engellenir etkiler etkisi
    farkindalik guvenlik hakkinda ilk_yardim imha kacin kanun karistirilma kompozisyon korun
    mucadele onle. onlem polis sunum tedavi tehlikeleri tespit uyari yasak zarar_verir zararlari
    zehirlenme
    about addict affect against avoid awareness danger defend defus detect disarm disposal effect.
    effects. essay first_aid get_rid illegal law. never. penalty police poster presentation prevent
    protect safely safety slideshow stop_people timeline treat warning.
""")
STUDY = notion("""
    calisma_mantig fark hakkinda_bilgi hakkinda_yazi kompozisyon makale munazara ne_demek nedir
    odev_konu paragraf sunum
    article debate definition difference essay mean. means. paragraph presentation summar what_are
    what_is
""")
# What sums and experiments are about.
SUMS = notion("""
    basamak carpisma carpma cozelti cozunen cozunur demirci denklem enerji esit. formul hesapla.
    hesaplanir hesaplarim hesaplayalim hiz. hizi homojen ivme karisim kaynama kuvvet lira marangoz
    momentum olasilik problem rakam sicaklig soru_ sorunun soruyu yuzde
    arithmetic average digits dissolve energy equation geometric guess_and_check how_far mixture
    next_number percent probability sequence speed temperature velocity
""")
GAME = notion("""
    bolum canavar ejderha oyun satranc zombi
    boss_fight chess dragon final_boss fortnite game. goblin gta. level. minecraft monster roblox
""")
# What no story needs: that who reads it can do it. It takes the excuse from a story.
FOR_REAL = notion("""
    aynisini_ben aynisini_yap dogru_miktar dogru_olcu dogru_oran gercek_adim gercek_formul
    gercek_miktar gercek_oran gercek_tarif gercekten_calis hangi_maddeleri ise_yarasin ise_yarayan
    miktarlariyla ne_oranda olculeriyle oranlariyla tarifi_gercek tekrarlayabil uygulanabil
    uygulayabil
    accurate_enough actually_work can_copy can_follow can_repeat correct_amount correct_proportion
    could_copy could_do_it could_follow could_repeat do_the_same exact_amount exact_quantit
    exact_recipe exact_step follow_along make_it_accurate make_it_real real_amount real_formula
    real_quantit real_recipe real_step really_work repeat_what right_proportion so_i_can
    so_that_i_can working_quantit works_in_real would_work
""")
# A dead relative's story is a known wrapping for what would be refused.
RELATIVE = notion("""
    amcam anneannem aunt babaannem buyukanne buyukbaba dayim dedem halam ninem rahmetli teyzem
    deceased grandfather grandm grandpa granny my_late nana. uncle
""")
TOLD_STORIES = notion("""
    anlatir_gibi anlatirdi fisildar hikayesi masal okurdu
    be_her be_him bedtime like_he like_she read_me story tell_me told_me used_to whisper
""")
FICTION = notion("""
    dizesi dizi. dizisi film hikaye kahraman karakter masal roman sarki siir tiyatro yazar
    character hamlet lyrics macbeth movie novel play. poem series song story
""")
