"""Which notions together make a request harmful in content; the tables are its words."""

from __future__ import annotations

from services.domain.combinations import combine, either, followed, near, notion
from services.domain.notions import ASKING, DANGER, FICTION, GAME, MAKING, PAST, STUDY, SUMS

# Somebody speaks of doing it themselves.
_I_DO = notion("""
    istiyor isteri isterd lazim gerekiyor gerekli yapacag yaparim yapabilirim yapalim kendi.
    kendim evde evdeki ogret ogrenmek icin_ne
    i_want i_wanna i_need want_to wanna gonna going_to i'm_going how_do_i how_can_i can_i should_i
    could_i would_i my_own at_home teach_me help_me show_me tell_me trying_to household let's
""")

# Weapons.
_BOMB = notion("""
    bomba bombs. bomb. patlayici molot dinamit napalm grenade explosive landmine pipebomb dynamite
    detonator ied. tnt. duzenek thermite termit fitil
""")
_CHEMICAL = notion("""
    zehirli_gaz sinir_gazi hardal_gazi klor_gazi anthrax sarbon ricin risin_ siyanur cyanide
    sarin. nerve_agent nerve_gas poison_gas poisonous_gas toxic_gas chlorine_gas mustard_gas
""")
_GUN = notion("""
    silah tabanca tufek mermi gun. guns. pistol rifle firearm ammo silencer susturucu barut
    gunpowder
""")
_PRINT = notion("bas+ basmak yazdir+ fitil")
_EXPLODE = notion("""
    patlat+ patlatac patlayan patlayac patlasin patlar. havaya_ucur blow_up blows_up blowing_up
    blow_it explode. explodes. explosion torpil
""")
_STUFF = notion("""
    toz tozu tozlar madde malzeme deterjan kimyasal gubre ev_esya karisim benzin boru_
    powder chemical household cleaning fertili ingredient material item substance pipe. petrol
""")
_FUEL = notion("benzin petrol. gasoline")
_THROW = notion("sise sisey fitil bottle. rag. firlat atmak throw")
_NO_WEAPON = notion("""
    banyo bath_ gibi kalorimetre calorimet saka joke volkan volcano yanardag maket karbonat sirke
    sogan borek tatli yemek baking_soda vinegar balon deney experiment su_tabancasi water_gun
    oyuncak toy. nerf lego cardboard karton kagit kopuk misir mentos photo_bomb tohum seed_bomb
    tasi
""")
_NO_WEAPONS = either(_NO_WEAPON, PAST, DANGER)

# Drugs.
_DRUG = notion("""
    uyusturucu eroin kokain amfetamin metamfetamin meth. methamph amphetamine cocaine heroin mdma.
    ecstasy extacy extasy ekstazi lsd. fentanyl bonzai esrar marihuana marijuana shrooms cannabis
    ketamin kristal_pisir mavi_kristal blue_crystal crystal_meth
    crack_cocaine weed. own_crystal krokodil captagon magic_mushroom
""")
_CRYSTAL = notion("kristal crystal")
_COOK = notion("pisir~ cook. cooking.")
_DRUG_MAKING = either(
    MAKING,
    notion("pisir~ yetistir~ sentez sentezle~ elde_edil cook. cooking. grow. growing. extract"),
)
_TRADE = notion("""
    sat+ satip satmak satalim bulur bulabilir alinir alirim alabilir temin kacir+
    sell. selling. buy. smuggl deal. dealing
""")
_SOFT_DRUG = notion(
    "weed. otlar otu. joint. haplar hapla xanax lean. esrar uyusturucu drugs. cigara"
)
_STREET_DRUG = notion("ot. otu. hap. hapi. haplar")
_NO_DRUG = either(
    PAST,
    DANGER,
    notion("hayir_demek say_no film dizi. hastane hospital yakala haber news arrested"),
)

_NO_SALE = either(_NO_DRUG, SUMS, notion("eczac"))

# Attacks on computers and accounts.
_PROGRAM = notion("""
    keylogger tus_kayded tus_kaydedici ransomware fidye_yazilim malware spyware trojan truva_ati
    rootkit botnet ddos casus_yazilim casus_program casus_uygulama zararli_yazilim zararli_kod
    backdoor arka_kapi ratlar
    worm. phishing oltalama stealer exploit brute_force bruteforc brute_ sql_injection
""")
_CODING = notion("""
    yaz. yazar_mi yazmak yazabil yazip yazsana yap. yapar yapmak yapabil kodla~ kodu. gelistir~
    hazirla~ olustur~ kur+ yukle+ gonder+ bulastir~
    write. writing. code. coding. create. creating. make. making. build. develop. program. script.
    give_me need_a want_a deploy. send. set_up install.
""")
_NO_ATTACK = either(
    STUDY,
    GAME,
    SUMS,
    notion("""
        hakkinda korun onle. onlem engelle tespit nasil_anla tanir tanin tanimak kaldir temizle
        silin kurtul farkindalik biyoloji mitoloji toprak yilan tehlikeleri zararlari poster afis
        bilinclendir egitim sinava calisma_plan calisma_program sifremi_unut hesabimi_unut
        kendi_sifre get_rid
        protect about immune nervous prevent avoid defend detect remov recogni spot. against
        awareness class_about earth soil worm_farm compost how_does how_do_antivirus
        antivirus_works antivirus_program hesabim_calin hesabimi_geri geri_al my_own_account
        own_password poem story news duplicate
    """),
)
_THEIRS = notion("""
    ogretmen arkadas kardes sevgili manit komsu birinin birisinin baskasi baskasinin onun. annem
    babam abim ablam mudur hoca kuzen kizin. cocugun. elin. eski_
    teacher friend classmate sister brother someone somebody neighbo girlfriend boyfriend ex. ex's
    mom's dad's mother father principal isn't_mine not_mine other_people their. his. her. kid's
    people's crush's roommate victim
""")
_ACCOUNT = notion("""
    hesab sifre whatsapp instagram insta. instasi facebook snapchat discord tiktok gmail telefon
    mesajlar maili mailine mail. eposta e-posta wifi wi-fi bilgisayar kamera konum
    account password pw. phone e-mail email_ email. inbox messages texts. webcam laptop computer
    passcode network
""")
_THEIR_ACCOUNT = either(
    followed(_THEIRS, 3, _ACCOUNT), followed(_ACCOUNT, 3, notion("isn't_mine not_mine"))
)
_INTRUDE = notion("""
    gir+ kir+ cal+ hackle+ hackla+ ele_gecir+ siz+ coz+ patlat+ dinle+ takip_et+ kopyala+ izle+
    girmek girebil kirmak calmak
    get_my hack. hacking. hack_into crack. brute_force brute-force bruteforc brute_forces guess
    steal. steals get_into getting_into log_into log_in_to break_into sneak_into spy. spying
    hijack take_over without_them without_him without_her without_his
""")
_SECRETLY = notion("""
    gizlice caktirmadan haberi_olmadan fark_ettirmeden anlamadan habersiz
    secretly without_them without_her without_him without_their
""")
_READ = notion("""
    oku+ okumak gor+ bak+ izle+ dinle+ takip_et+ okuyabil gorebil konumunu
    read. see. watch. track. listen. access
""")
_SYSTEM = notion("""
    okul_sistem okulun_sistem sinav_sistem not_sistem sunucu siteyi sitesi website web_sit notumu
    notlarim internetten mebbis eokul
    server school_system school's_system grading_system network
""")
_ATTACK = notion("""
    degistir+ degistirecek kir+
    siz+ sizip sizacak dusurecek hackle+ hackleyip cokert+ cokertecek saldir+ saldiri_kod ddos
    hack. hacking. crash. take_down takes_down bring_down attack. break_into get_into shut_down
""")
_TRICK = notion("""
    kandir~ kandirip tuzaga_dusur inandir~ geliyormus gonderilmis yolla sahte kilig gibi_gorunen
    trick. tricks. tricking. fool. pretend fake. look_like looks_like impersonat convinc
""")
_LETTER = notion("""
    e-posta eposta mail mesaj metni. sayfa site. sitesi link sms.
    email e-mail message text. page. website letter
""")
_SECRET = notion(
    "sifre parola kart_bilgi banka_bilgi kullanici_adi password login card_number pin."
)
_STEALING = notion("""
    calan calsin calacak steals. steal. grabs. grab. logs_every records_everything kaydeden_
    ele_geciren cekip_alan silen silsin kilitleyen kilitlesin bozan wipes. wipe. deletes_all
    bulasan bulasacak
    sends_me_all sends_me_their freezes. freeze. locks. encrypts. destroys. corrupts. spreads.
""")
_CODE = notion("""
    exe. program kod. kodu kodla script yazilim bot. botu virus worm app. tool. software uygulama
    code. eklenti
""")
_VICTIM = notion("""
    token sifre parola kart_ herkes baskasi haberi_ caktirma gizli arkadas kurban antivir okul
    lab. laboratuv ogretmen
    password everyone every_computer victim someone somebody school friend classmate teacher
    their. pay. usb disk. cookies
""")

# Harm to people.
_PERSON = notion("""
    onu. onlari ona. onlara onun. seni. birini birisini birine ogretmen arkadas kardes komsu mudur
    annem babam abim ablam adami cocugu cocuga kizi. kiza. herkesi herkese sinif hocayi hocaya
    uvey insan karimi kocami patronu sevgilim kuzenim yurttaki multeci suriyeli him. her. them.
    someone somebody person people teacher friend classmate
    brother sister boss mother father stepdad stepmom mom. dad. wife husband neighbo boy. girl.
    kid. guy. everyone he. she. bully principal roommate ex. kuzen okuldaki siniftaki
""")
_HARM = notion("""
    oldur+ oldurmek oldurec zehirle+ bicakla+ bogazla+ bogma bogar bogac yarala+ vurma vurac
    vurursam vursam dovme dovec dover kemiklerini kafasini_kir
    sakatla+ sisle+ kesec yaksam yakac oldursem merdivenden_it suya_it camdan_it agzini_burnunu
    kill. killing. murder. stab. stabbing. poison. poisoning. strangl shoot. shooting. beat_up
    beat_him beat_her beat_the hurt. hurting. drown. choke. injure. cripple
""")
_HARM_I = notion("""
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

# Harm to oneself.
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

# Children, and what must not be written or shown of them.
_SEX = notion("""
    erotik porno ciplak seks cinsel sehvet 18_hikaye 18_icerik mustehcen seksi
    erotic porn nude. nudes. naked sexual sexually sexy. sex. steamy sexually_explicit
    explicit_photo explicit_picture explicit_image explicit_video
    explicit_story explicit_scene explicit_content explicit_fanfic nsfw smut. lewd
    hentai
""")
_MINOR = notion("""
    cocuk cocug liseli ortaokul ilkokul lise_ogrenci resit_olmayan kucuk_kiz kucuk_erkek
    sinif_arkadas 1_yas 8_yas 9_yas 10_yas 11_yas 12_yas 13_yas 14_yas 15_yas 16_yas 17_yas 13'lu
    ergen_
    child kid. kids. minor. minors. underage preteen schoolgirl school_girl schoolboy classmate
    little_girl little_boy 8_year 9_year 10_year 11_year 12_year 13_year 14_year 15_year 16_year
    17_year are_13 are_12 are_14 are_15 is_12 is_13 is_14 is_15 is_16 aged_1 loli. ortaokullu 12yo
    13yo 14yo 15yo 16yo teenage_girl teen_girl middle_school high_school_girl
""")
_SHOW = notion("""
    yaz. yazar_mis yazsana yaz_ hikaye senaryo fanteziler foto resim video goruntu anlat. anlatan
    betimle tasvir bul. ver. goster fantezi send. find_me fanfic
    write. describe draw. show_me story scene picture photo image roleplay role-play generate
""")
_NO_SEX = notion("""
    heykel tablo ronesans ciplak_goz ciplak_ayak resim_sanat istismar korun egitim gelisim
    ergenlik hastalik ureme saglik bilgi_ taciz yasa kanun onle hukuk suc. rehber cinsel_kimlik
    cinsiyet haklari safe. crime report. news. asexual biology
    painting statue renaissance abuse protect educat develop puberty disease reproduc health
    harass law. prevent consent rights
""")

CONTENT_COMBINATIONS = (
    combine("sexual_content_about_minors", _SEX, _MINOR, _SHOW, unless=_NO_SEX),
    combine("weapon_making", _BOMB, near(_BOMB, 4, MAKING), ASKING, unless=_NO_WEAPONS),
    combine("weapon_making", _CHEMICAL, near(_CHEMICAL, 6, MAKING), ASKING, unless=_NO_WEAPONS),
    combine(
        "weapon_making",
        _GUN,
        near(_GUN, 4, either(MAKING, _PRINT)),
        _I_DO,
        ASKING,
        unless=_NO_WEAPONS,
    ),
    combine("weapon_making", _FUEL, _THROW, MAKING, unless=_NO_WEAPONS),
    combine("weapon_making", _EXPLODE, _STUFF, either(MAKING, _I_DO), ASKING, unless=_NO_WEAPONS),
    combine("drug_making", _DRUG, near(_DRUG, 4, _DRUG_MAKING), ASKING, unless=_NO_DRUG),
    combine("drug_making", _CRYSTAL, _COOK, ASKING, unless=notion("seker sugar salt tuz candy")),
    combine("drug_making", either(_DRUG, _SOFT_DRUG), _TRADE, _I_DO, unless=_NO_DRUG),
    combine("drug_making", notion("satip satmak satabil"), _STREET_DRUG, _I_DO, unless=_NO_SALE),
    combine("malware", _PROGRAM, near(_PROGRAM, 4, _CODING), unless=_NO_ATTACK),
    combine("malware", _ACCOUNT, _THEIR_ACCOUNT, _INTRUDE, unless=_NO_ATTACK),
    combine("malware", _ACCOUNT, _THEIR_ACCOUNT, _SECRETLY, _READ, unless=_NO_ATTACK),
    combine("malware", _SYSTEM, _ATTACK, either(ASKING, _CODING), unless=_NO_ATTACK),
    combine("malware", _SECRET, _TRICK, _LETTER, _CODING, unless=_NO_ATTACK),
    combine("malware", _STEALING, _CODE, _VICTIM, either(_CODING, _I_DO), unless=_NO_ATTACK),
    combine("violence", _HARM, near(_HARM, 4, _PERSON), _HARM_I, unless=_NO_HARM),
    combine("violence", _SERVE, _TO_DEATH, _PERSON, ASKING, unless=_NO_HARM, is_wide=True),
    combine("violence", _BRING, _TO_SCHOOL, _WEAPON_I, unless=_NO_HARM),
    combine("violence", _MOB, _PERSON, _CALL, unless=_NO_MOB),
    combine("violence", _ARSON, _BUILDING, either(_HARM_I, _I_DO), unless=_NO_MOB),
    combine("self_harm", _SUICIDE, _METHOD, unless=either(_NO_SUICIDE, FICTION)),
    combine("self_harm", _SUICIDE, _METHOD, _REALLY),
    combine("self_harm", _DEATH, _METHOD, unless=either(_NO_SUICIDE, _NO_PILLS, PAST, FICTION)),
    combine("self_harm", _PILLS, followed(_HOW_MANY, 3, _PILLS), _DYING, unless=_NO_PILLS),
    combine("self_harm", _LIFE, followed(_LIFE, 2, _ENDING), _FAREWELL, unless=_NO_FAREWELL),
    combine("self_harm", _LEAVING, _FAREWELL, unless=_NO_FAREWELL),
    combine("self_harm", _BODY, _CUTTING, unless=_NO_CUTTING),
)
