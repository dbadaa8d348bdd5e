"""What many requests speak of, in Turkish and English: asking, making, learning, protecting."""

from __future__ import annotations

from services.domain.combinations import notion

ASKING = notion("""
    nasil ne. neler nedir hangi kac. nereden nerden anlat ogret ogren goster tarif acikla yaz.
    yazar soyle ver. verir listele sirala adim asama yolu yollar yontem malzeme oran lazim gerek
    ister istiyor isteri yardim gonna
    how. what. what's which where teach tell show explain describe give write list help walk_me
    want wanna need steps step_by guide recipe instruction direction tutorial ingredient trying
    going_to
""")
MAKING = notion("""
    yap~ hazirla~ uret~ kur~ karistir~ birlestir~ imal elde_et~ topla~ donustur~ monte
    make. making. build. building. construct assemb mix. mixing. put_together prepar produc creat
    synthes manufactur turn_ print blueprint recipe tarif
""")
# Somebody speaks of doing it themselves.
I_DO = notion("""
    istiyor isteri isterd lazim gerekiyor gerekli yapacag yaparim yapabilirim yapalim kendi.
    kendim evde evdeki ogret ogrenmek icin_ne
    i_want i_wanna i_need want_to wanna gonna going_to i'm_going how_do_i how_can_i can_i should_i
    could_i would_i my_own at_home teach_me help_me show_me tell_me trying_to household let's
""")
# Who has to do with what a notion names as with history, or as with a danger, may ask.
PAST = notion("""
    tarih kim. kimler icat bulan bulundu bulmus ne_zaman neden niye nicin yuzyil osmanli ottoman
    savas cag cagi caginda atom nukleer hirosima nobel muze mitoloji
    histor who. when. why. invent discover century war. wars. ww1 ww2 wwi middle_ages ancient
    nuclear hiroshima manhattan museum
""")
DANGER = notion("""
    guvenlik korun onle. onlem onleme engellenir engellemek kacin dikkat_et dikkat_edil tehlikeleri
    zararlari
    zarar_verir etkisi etkiler asla uyari zehirlenme karistirilma yasak polis ceza kanun tespit
    mucadele tedavi bagimlili farkindalik afis poster sunum kompozisyon ilk_yardim imha egitim
    hakkinda safety safely protect prevent avoid danger never. warning. illegal police penalty
    law.
    detect defend defus disarm against treat addict effect. effects. affect awareness get_rid
    stop_people essay presentation slideshow timeline about first_aid
""")
STUDY = notion("""
    nedir ne_demek fark odev_konu sunum makale kompozisyon munazara paragraf hakkinda_bilgi
    hakkinda_yazi calisma_mantig what_is what_are mean. means. difference essay article
    presentation paragraph summar debate definition
""")
# What sums and experiments are about.
SUMS = notion("""
    hesapla. hesaplanir hesaplarim hesaplayalim olasilik rakam basamak denklem formul esit. yuzde
    lira liraya lirasi liralik soruyu soru_ sorunun problem carpma carpisma enerji kuvvet hiz. hizi
    ivme momentum sicaklig kaynama cozunur cozunen cozelti karisim homojen demirci marangoz
    probability equation formula sequence digits arithmetic geometric average percent speed
    velocity energy momentum temperature mixture dissolve guess_and_check next_number how_far
""")
GAME = notion("""
    oyun minecraft roblox gta. fortnite satranc zombi ejderha boss. canavar level. bolum game.
    chess zombie dragon monster goblin
""")
FICTION = notion("""
    film dizi. dizisi roman romaninda hikaye masal siir tiyatro kahraman karakter dizesi sarki
    yazar
    movie series novel story poem play. character song lyrics macbeth hamlet
""")
