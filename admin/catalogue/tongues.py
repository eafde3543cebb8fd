"""The names of the languages that are offered; another that somebody speaks is called by its two letters."""

WORDS: dict[str, tuple[str, str]] = {
    "tongue_be": ("Belarusian", "białoruski"),
    "tongue_bg": ("Bulgarian", "bułgarski"),
    "tongue_cs": ("Czech", "czeski"),
    "tongue_da": ("Danish", "duński"),
    "tongue_de": ("German", "niemiecki"),
    "tongue_el": ("Greek", "grecki"),
    "tongue_en": ("English", "angielski"),
    "tongue_es": ("Spanish", "hiszpański"),
    "tongue_et": ("Estonian", "estoński"),
    "tongue_fi": ("Finnish", "fiński"),
    "tongue_fr": ("French", "francuski"),
    "tongue_hr": ("Croatian", "chorwacki"),
    "tongue_hu": ("Hungarian", "węgierski"),
    "tongue_it": ("Italian", "włoski"),
    "tongue_lt": ("Lithuanian", "litewski"),
    "tongue_lv": ("Latvian", "łotewski"),
    "tongue_nl": ("Dutch", "niderlandzki"),
    "tongue_no": ("Norwegian", "norweski"),
    "tongue_pl": ("Polish", "polski"),
    "tongue_pt": ("Portuguese", "portugalski"),
    "tongue_ro": ("Romanian", "rumuński"),
    "tongue_ru": ("Russian", "rosyjski"),
    "tongue_sk": ("Slovak", "słowacki"),
    "tongue_sl": ("Slovene", "słoweński"),
    "tongue_sr": ("Serbian", "serbski"),
    "tongue_sv": ("Swedish", "szwedzki"),
    "tongue_tr": ("Turkish", "turecki"),
    "tongue_uk": ("Ukrainian", "ukraiński"),
}

TONGUES = tuple(key.removeprefix("tongue_") for key in WORDS)
"""The languages that are offered."""
