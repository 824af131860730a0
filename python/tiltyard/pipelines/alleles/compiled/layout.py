"""Where numbers stand in the tables that Python and compiled code share: offsets in bytes."""

from __future__ import annotations

from tiltyard.pipelines.alleles.counts import FIELDS, REASONS

WORD = 8

# A site. `REF` and `ALT` are addresses of bases in the codes of BAM, `OFFSET` is the virtual file
# offset from which reads of the site have to be read.
_SITE = 10
(POSITION, KIND, SPAN, REF, ALT, ALT_LENGTH, ROOM, OFFSET, REF_BASE, ALT_BASE) = range(
    0, WORD * _SITE, WORD
)
SITE = WORD * _SITE
SNP, MNP, INSERTION, DELETION, COMPLEX = range(5)
#: Codes of bases in BAM; the code of ALT "." is none of a base.
BASES = {"A": 1, "C": 2, "G": 4, "T": 8, ".": 255}

# What is set by Python before counting. Numbers of sites; `LIVE`: those before the file's last
# reads. Letters of the FASTA: address of the contig's first one, or 0 where reads are left as they
# are; how many there are, in a line of `LINE_BASES` and `LINE_WIDTH` bytes with its end. Tags are
# two letters in one number, or 0.
_GIVEN = 25
(
    SITES,
    SITE_COUNT,
    LIVE,
    CONTIG,
    CONTIG_LENGTH,
    LETTERS,
    LETTER_COUNT,
    LINE_BASES,
    LINE_WIDTH,
    DROPPED_FLAGS,
    MIN_MAPQ,
    MIN_QUALITY,
    NO_IMPROPER,
    NO_INDELS,
    GROUP_TAG,
    GROUPS_KNOWN,
    FRAGMENT_TAG,
    FILE,
    FILE_BYTES,
    GIVE_BACK,
    READS,
    READ_COUNT,
    GIVEN_GROUPS,
    GIVEN_GROUP_COUNT,
    IS_LAST,
) = range(0, WORD * _GIVEN, WORD)

# What compiled code keeps between two calls. Sites before `FIRST` are closed; none behind `LAST`
# has an observation. A capacity is a number of entries.
_KEPT = 24
(
    FIRST,
    LAST,
    HEADS,
    OBSERVATIONS,
    OBSERVATION_CAPACITY,
    OBSERVATION_COUNT,
    FRAGMENTS,
    FRAGMENT_CAPACITY,
    STAMP,
    MOVED,
    MOVED_CAPACITY,
    ROWS,
    ROW_CAPACITY,
    ROW_COUNT,
    GROUPS,
    GROUP_CAPACITY,
    GROUP_COUNT,
    GROUP_SLOTS,
    GROUP_SLOT_COUNT,
    TEXT,
    TEXT_CAPACITY,
    TEXT_COUNT,
    SCRATCH,
    LAST_START,
) = range(WORD * _GIVEN, WORD * (_GIVEN + _KEPT), WORD)

# What is reported: the byte of the file of the last block, and how much was read.
_REPORTED = 5
(BYTE, RECORD_COUNT, BLOCK_COUNT, INFLATED, WITHOUT_FRAGMENT) = range(
    WORD * (_GIVEN + _KEPT), WORD * (_GIVEN + _KEPT + _REPORTED), WORD
)
STATE_WORDS = _GIVEN + _KEPT + _REPORTED

# The head of a site's list of observations: the newest one, or -1, and how many there are.
(NEWEST, HELD) = (0, 8)
HEAD = 16
# An observation: hash of its fragment, what was seen, and the one before it at the same site.
# Seen: what it counts as (4 bits), forward (1), has a fragment (1), quality (8), group (32).
(HASH, SEEN, NEXT) = (0, 8, 16)
OBSERVATION = 24
FORWARD_BIT, FRAGMENT_BIT, QUALITY_BIT, GROUP_BIT = 4, 5, 8, 16
# A slot of the table of a site's fragments: stamp of the site, best qualities of REF and of ALT.
(SLOT_HASH, SLOT_STAMP, SLOT_REF, SLOT_ALT) = (0, 8, 16, 24)
SLOT = 32
# A row of the result.
(ROW_SITE, ROW_GROUP, ROW_VALUES) = (0, 8, 16)
ROW = ROW_VALUES + WORD * len(FIELDS)
# A group: text of its value, number of its text's kind, its row at the site with that stamp, sums
# of reasons. Group 0 is of reads without a value.
(GROUP_TEXT, GROUP_LENGTH, GROUP_KIND, GROUP_STAMP, GROUP_ROW, GROUP_REASONS) = range(0, 48, 8)
GROUP = GROUP_REASONS + WORD * len(REASONS)
#: Kinds of a value: text, or the raw bytes of a tag's value with its type before them.
AS_TEXT, AS_BYTES = 0, 1
# A slot of the table of groups: hash of the value, and the group's number; 0 if the slot is free.
(VALUE_HASH, VALUE_GROUP) = (0, 8)
VALUE_SLOT = 16
# A group that Python knows before counting: its value, and its number.
(GIVEN_TEXT, GIVEN_LENGTH, GIVEN_NUMBER) = range(0, 24, 8)
GIVEN_GROUP = 24
# A read as it is handed over by Python.
_READ = 12
(
    R_START,
    R_END,
    R_FLAG,
    R_MAPQ,
    R_CIGAR,
    R_OPERATIONS,
    R_BASES,
    R_LENGTH,
    R_QUALITIES,
    R_NAME,
    R_NAME_LENGTH,
    R_GROUP,
) = range(0, WORD * _READ, WORD)
READ_WORDS = _READ
READ = WORD * _READ

# How counting ends.
(
    FINE,
    BAD_BLOCK,
    BAD_DATA,
    BAD_CHECKSUM,
    BAD_RECORD,
    UNSORTED,
    UNKNOWN_GROUP,
    BAD_OFFSET,
    CUT_OFF,
) = range(9)
