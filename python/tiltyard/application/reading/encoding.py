"""Bytes to text: Unicode by its marks, other encodings by what they say."""

from __future__ import annotations

import codecs

from tiltyard.engine.files.atomic import UnreadableFile

#: Marks at the beginning of Unicode texts; those of UTF-32 begin like those of UTF-16.
MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
#: What instruments write beside Western letters, in Windows' and in ISO's Latin alphabet.
WESTERN = set("°µ²³±·½¼×÷§«»‰–—’‘“”…€ ¹ªº´`¨¿¡") | set(
    "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝßàáâãäåæçèéêëìíîïñòóôõöøùúûüýÿŠšŽžŒœ"
)
#: So many bytes decide.
ENOUGH = 200_000
#: Above this share of control characters it is no text.
CONTROLS = 0.01


def decoded(raw: bytes, name: str, wish: str = "") -> tuple[str, str]:
    """The text of the bytes, and its encoding.

    Parameters
    ----------
    raw : bytes
    name : str
        Of the file, for messages.
    wish : str
        An encoding, if the user names one.

    Raises
    ------
    UnreadableFile
        If that encoding is unknown or does not fit, or the bytes are no text.
    """
    encoding = wish or _encoding(raw)
    try:
        text = raw.decode(encoding)
    except LookupError as error:
        raise UnreadableFile(f"{name}: --encoding {encoding}: no such encoding") from error
    except UnicodeDecodeError as error:
        raise UnreadableFile(
            f"{name}: it is not in the encoding {encoding}: byte {error.start} does not fit; "
            "name another with --encoding, such as cp1252 or utf-16"
        ) from error
    text = text.removeprefix("\ufeff")
    start = text[:ENOUGH]
    controls = sum(start.count(chr(code)) for code in range(32) if chr(code) not in "\t\n\r\f\x1a")
    if controls > CONTROLS * len(start):
        raise UnreadableFile(
            f"{name}: it is no text; save the table as .csv, .xlsx, .json or .parquet, or name "
            "its encoding with --encoding"
        )
    return text.rstrip("\x1a\0"), encoding


def _encoding(raw: bytes) -> str:
    for mark, encoding in MARKS:
        if raw.startswith(mark):
            return encoding
    start = raw[:ENOUGH]
    if start.count(0) > len(start) // 4:
        return "utf-16-le" if start[1::2].count(0) > start[::2].count(0) else "utf-16-be"
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return _single_byte(start)
    return "utf-8"


def _single_byte(raw: bytes) -> str:
    """The encoding of bytes that are no Unicode.

    A few letters and signs are too few for statistics: Windows' Latin alphabet is taken where it
    gives what instruments write, and only else the statistics of charset-normalizer decide.
    """
    try:
        western = raw.decode("cp1252")
    except UnicodeDecodeError:
        western = raw.decode("latin-1")
    if {sign for sign in western if ord(sign) > 127} <= WESTERN | {"\xa0"}:
        return "cp1252"
    from charset_normalizer import from_bytes  # here: it takes as long as a short file

    best = from_bytes(raw).best()
    return "latin-1" if best is None else best.encoding
