"""The campaign's tag as people write it, and tags that are not it; each with its mark.

The first two lists follow the evidence that the matching was designed by, the next two are our
own. Invisible signs are written as escapes.
"""

LITERAL = (
    *("#bladifqalbi", "#bladi_f_qalbi", "#bladifiqalbi", "#bladi_fi_qalbi", "#bladifkalbi"),
    *("#bladi_f_kalbi", "#bladif9albi", "#bladi_f_9albi", "#bladifgalbi", "#biladifiqalbi"),
    *("#biladi_fi_qalbi", "#beladifqalbi", "#bladyfqalby"),
    *("#بلادي_فقلبي", "#بلادي_في_قلبي", "#بلاديفقلبي", "#بلاديفيقلبي", "#بلادي_ف_قلبي"),
    *("#بلادي_فـقلبي", "#بلادی_فقلبی", "#بلادى_فقلبى", "#بلادی_فی_قلبی"),
    *("#بلادي_فگلبي", "#بلادي_فڭلبي"),
)
"""What platforms must be asked for one by one, for they do not fold these."""

VARIANTS = (
    *LITERAL,
    # Case, accents, other forms of Latin letters.
    *("#BladiFQalbi", "#BLADIFQALBI", "#Bladi_F_Qalbi", "#BLADI_FI_QALBI"),
    *("#Bládífqàlbi", "#Bla\u0301difqa\u0300lbi", "#bladıfqalbı"),
    *("＃bladifqalbi", "#ｂｌａｄｉｆｑａｌｂｉ", "#𝐛𝐥𝐚𝐝𝐢𝐟𝐪𝐚𝐥𝐛𝐢", "#𝗕𝗟𝗔𝗗𝗜_𝗙_𝗤𝗔𝗟𝗕𝗜"),
    # Marks that nobody sees, separators, letters drawn out.
    *("\u200f#bladifqalbi", "#\u200ebladifqalbi", "#bladi\u200df\u200cqalbi"),
    *("#bladi·f·qalbi", "#bladiiifqalbiii"),
    # Vowel marks, tatweel, joiners.
    *("#بِلَادِي_فِي_قَلْبِي", "#بِلَادِي_فَقَلْبِي", "#بلادِي_فقلبِي"),
    *("#بـــلادي_فـقـلـبـي", "#بلادي_فـــي_قلبي", "#بلاااادي_فقلبي"),
    *("#بلادي\u200cفقلبي", "#بلادی\u200cفقلبی", "\u200f＃بلادي_فقلبي"),
    # Letters of other keyboards, Maghrebi letters, presentation forms.
    *("#بلادے_فقلبے", "#بلادې_فقلبې", "#بلادي_ڢڧلبي", "#بلادي_فٯلبي", "#بلادي_فڨلبي"),
    "#ﺑﻼﺩﻱ_ﻓﻘﻠﺒﻲ",
)

NEAR_MISSES = (
    *("#bladi", "#qalbi", "#bladifqalb", "#bladifqalbek", "#bladifqalbi2026", "#mybladifqalbi"),
    *("#qalbifbladi", "#bladiqalbi", "#bladnafqalbna", "#bladimaroc"),
    *("#بلادي", "#قلبي", "#قلبي_في_بلادي", "#بلادي_قلبي", "#بلادنا_فقلبنا", "#بلاد_فقلبي"),
    # With ك it is no heart but a dog.
    *("#بلادي_فقلبك", "#بلادي_فكلبي", "#بلادي_في_كلبي"),
)

MORE_VARIANTS = (
    *("#BiladiFiQalbi", "#beladi_fe_qalbi", "#bladi_fe_kalby", "#_bladi__f__qalbi_"),
    *("#bladif٩albi", "#bladif۹albi", "#bladi_f_9albi\u200f", "#BLADİFQALBİ"),
    *("#𝓫𝓵𝓪𝓭𝓲𝓯𝓺𝓪𝓵𝓫𝓲", "#𝚋𝚕𝚊𝚍𝚒_𝚏_𝚚𝚊𝚕𝚋𝚒", "#ᵇˡᵃᵈⁱᶠqᵃˡᵇⁱ"),
    "#b\u0332l\u0332a\u0332d\u0332i\u0332f\u0332q\u0332a\u0332l\u0332b\u0332i\u0332",
    *("\u2067#bladifqalbi\u2069", "#\u2066bladifqalbi\u2069", "#bladi\ufe0ffqalbi"),
    *("\u202b#بلادي_فقلبي\u202c", "#بلادي\u061cفقلبي", "#بلادي_فقلبي\u200f"),
    *("#بلادي_فݣلبي", "#بِلادي_فْݣَلْبي", "#بلادي_ﻓﮕﻠﺒﻲ", "#بلادي_فيگلبي"),
    *("#بلادى_في_قلبى", "#بلادئ_فقلبے", "#بلادي_فّقلبي", "#بـ\u200cلادي_فقلبي"),
    *("#بل\u0670ادي_فقلبي", "#بلٱدي_فقلبي", "#بلأدي_فقلبي"),
    "#ﺑِﻼَﺩِﻱ_ﻓِﻲ_ﻗَﻠْﺒِﻲ",
)

MORE_NEAR_MISSES = (
    *("#bladif", "#fqalbi", "#ladifqalbi", "#bladifqlbi", "#bldifqalbi", "#bladifqalbo"),
    *("#bladi_f_rouhi", "#bladi_f_dmi", "#bladi_w_qalbi", "#bladikom_f_qalbi"),
    *("#bladi_f_qalbkom", "#bladifqalbi_maroc", "#notbladifqalbi", "#bladifqalbiya"),
    *("#bladi99albi", "#bladif8albi", "#bladifqa1bi", "#f_qalbi_bladi"),
    *("#بلادي_فقلبنا", "#بلادي_في_قلوبنا", "#بلادي_في_القلب", "#بلادي_في_دمي"),
    *("#بلادي_وقلبي", "#حب_بلادي_في_قلبي", "#بلادي_في_قلبي_دائما", "#بلادك_في_قلبي"),
    *("#بلادي_فڪلبي", "#بلادی_فکلبی", "#بِلَادِي_فَكَلْبِي", "#бладифкалби"),
)

LOOKALIKES = (
    # One or two letters of another script among Latin ones.
    *("#blаdifqаlbi", "#bladifqalbі", "#blа\u0301difqalbi", "#BLАDIFQАLBI", "#вladifqalbi"),
    *("#βladifqalbi", "#bladifqαlbi", "#bladιfqalbι", "#blаdi_f_kаlby", "#bladifզalbi"),
    # All of it.
    *("#ьӏаԁіғԛаӏьі", "#ВLАDІҒԚАLВІ", "#ʙʟᴀᴅɪꜰꞯᴀʟʙɪ"),
)
"""Ours to the eye only."""
