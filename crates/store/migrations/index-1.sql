-- The seed of the hashes below, as the log's own store knows it; another seed means another store.
create table log_seed (
    seed text primary key
);

-- A run: the keys and entities of the events from_seq ..= to_seq of a market, sorted by hash.
-- state: 0 being written, 1 in use, 2 replaced by a merged run.
create table log_run (
    id {rowid},
    market bigint not null,
    from_seq bigint not null,
    to_seq bigint not null,
    state bigint not null,
    filter {blob},
    keys {blob},
    entities {blob}
);

-- The sorted postings of the runs in blocks. id = run * 2^24 + number.
create table log_block (
    id {rowid},
    body {blob} not null
);
