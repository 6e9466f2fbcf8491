"""The tables of the SQLite catalog. A change is a further migration at the end; those that were released never change."""

# What SQLite takes for granted without statistics is wrong for a gallery, where nearly all is ready, published and not
# deleted: it would look for public images by status and sort them all. These numbers (rows, then rows for each value of
# one, two, … columns) keep its plans the same at any size; SQLite's documentation of ANALYZE provides for it.
_STATISTICS = (
    "ANALYZE sqlite_schema",  # makes the table
    """INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
        ('images', 'sqlite_autoindex_images_1', '20000 1'),
        ('images', 'everything', '20000 1 1'),
        ('images', 'wall', '20000 19000 18000 17000 1 1'),
        ('images', 'wall_category', '20000 19000 18000 17000 4000 1 1'),
        ('images', 'wall_shuffled', '20000 19000 18000 17000 1 1 1'),
        ('images', 'seen', '20000 19000 18000 1 1 1 1 1'),
        ('images', 'owned', '20000 19000 9000 1 1 1 1 1 1'),
        ('images', 'owned_category', '20000 19000 9000 2000 1 1'),
        ('images', 'owned_disagreement', '20000 19000 9000 1 1'),
        ('images', 'same_bytes', '20000 9000 1'),
        ('images', 'one_of_a_kind', '20000 9000 1'),
        ('checks', 'checks', '4000 800 1'),
        ('checks', 'checks_of', '4000 1'),
        ('colours', 'colours', '100000 6000 1'),
        ('colours', 'colours_of', '100000 5')""",
    "ANALYZE sqlite_schema",  # reads it, also for the connection that is making the tables
)

# Record and what filters and sorts need are kept apart, so that a scan for one reads little. Times are microseconds
# since 1970, `disagreement` is the match's z or +infinity without one, `mark` scatters images for the shuffled order.
# Each index of `images` is one list that people page through: equal columns first, then its order; with id it is unique.
FIRST = (
    """CREATE TABLE images (
        n INTEGER PRIMARY KEY AUTOINCREMENT,  -- never used again, so that nothing derived can be taken for another's
        id TEXT NOT NULL UNIQUE,
        version INTEGER NOT NULL,
        owner TEXT NOT NULL,
        status TEXT NOT NULL,
        analysis TEXT NOT NULL,
        published INTEGER NOT NULL,
        category TEXT NOT NULL,
        sample INTEGER NOT NULL,
        deleted INTEGER NOT NULL,
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL,
        sha256 TEXT,
        disagreement REAL NOT NULL,
        mark INTEGER NOT NULL
    )""",
    "CREATE INDEX everything ON images (created_at, id)",
    "CREATE INDEX wall ON images (deleted, published, status, created_at, id)",
    "CREATE INDEX wall_category ON images (deleted, published, status, category, created_at, id)",
    "CREATE INDEX wall_shuffled ON images (deleted, published, status, mark, id, category)",  # read whole, then sorted
    "CREATE INDEX seen ON images (deleted, status, created_at, id, published, owner, category)",  # public ones and one's own
    "CREATE INDEX owned ON images (deleted, owner, created_at, id, status, analysis, published, category)",
    "CREATE INDEX owned_category ON images (deleted, owner, category, created_at, id)",
    "CREATE INDEX owned_disagreement ON images (deleted, owner, disagreement, id)",
    "CREATE INDEX same_bytes ON images (owner, sha256)",
    "CREATE UNIQUE INDEX one_of_a_kind ON images (owner, sha256) WHERE status = 'ready' AND deleted = 0",
    "CREATE TABLE documents (n INTEGER PRIMARY KEY REFERENCES images ON DELETE CASCADE, json TEXT NOT NULL)",
    """CREATE TABLE checks (
        name TEXT NOT NULL, n INTEGER NOT NULL REFERENCES images ON DELETE CASCADE, PRIMARY KEY (name, n)
    ) WITHOUT ROWID""",
    "CREATE INDEX checks_of ON checks (n)",
    """CREATE TABLE colours (
        name TEXT NOT NULL, n INTEGER NOT NULL REFERENCES images ON DELETE CASCADE, share REAL NOT NULL, PRIMARY KEY (name, n)
    ) WITHOUT ROWID""",
    "CREATE INDEX colours_of ON colours (n)",
    """CREATE VIRTUAL TABLE words USING fts5 (
        title, description, tags, caption, filename, prefix = '1 2 3', tokenize = 'porter unicode61 remove_diacritics 2'
    )""",
    "CREATE TABLE spaces (space TEXT PRIMARY KEY, dimensions INTEGER NOT NULL)",
    """CREATE TABLE vectors (
        n INTEGER NOT NULL REFERENCES images ON DELETE CASCADE, space TEXT NOT NULL, kind TEXT NOT NULL,
        written INTEGER NOT NULL,  -- number of the change that wrote it: how matrices in memory catch up
        vector BLOB NOT NULL,  -- little-endian float32
        UNIQUE (n, space, kind)
    )""",
    "CREATE INDEX vectors_written ON vectors (space, kind, written)",
    # Counts the writes to images. It does what PRAGMA data_version is meant for, and unlike it gives all connections
    # the same number, sees this process's own writes, and stays put when a quota or a setting is written.
    "CREATE TABLE changes (number INTEGER NOT NULL)",
    "INSERT INTO changes VALUES (0)",
    "CREATE TABLE calibrations (space TEXT PRIMARY KEY, json TEXT NOT NULL)",
    "CREATE TABLE remembered (name TEXT PRIMARY KEY, json TEXT NOT NULL)",
    "CREATE TABLE counters (name TEXT PRIMARY KEY, total INTEGER NOT NULL, expires_at INTEGER NOT NULL)",
    "CREATE INDEX counters_expiry ON counters (expires_at)",
    *_STATISTICS,
)

# What is in memory of many images keeps up with those that changed instead of being read anew: `changed` is the number of the
# change that last wrote an image, `gone` holds those that were removed for good.
SECOND = (
    "ALTER TABLE images ADD COLUMN changed INTEGER NOT NULL DEFAULT 0",
    "CREATE INDEX changed ON images (changed)",
    "CREATE TABLE gone (changed INTEGER NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (changed, n)) WITHOUT ROWID",
    "INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('images', 'changed', '20000 1'), ('gone', 'gone', '4000 1 1')",
    "ANALYZE sqlite_schema",
)

# A search compares the hashes of hundreds of images: reading them out of their records took longer than all else.
THIRD = (
    "ALTER TABLE images ADD COLUMN dhash TEXT",
    "UPDATE images SET dhash = (SELECT json_extract(json, '$.dhash') FROM documents WHERE documents.n = images.n)",
)

# How near its colours come to any other is asked of every image at once: ten hex digits for each, rrggbb and its share in
# ten-thousandths.
FOURTH = (
    "ALTER TABLE images ADD COLUMN swatches TEXT",
    """UPDATE images SET swatches = (
        SELECT group_concat(
            substr(json_extract(value, '$.hex'), 2)
            || printf('%04x', CAST(round(min(json_extract(value, '$.share'), 1) * 10000) AS INTEGER)), ''
        ) FROM documents, json_each(documents.json, '$.palette') WHERE documents.n = images.n
    )""",
)

MIGRATIONS = (FIRST, SECOND, THIRD, FOURTH)
