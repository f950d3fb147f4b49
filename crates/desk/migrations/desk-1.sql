create table case_file (
    id text primary key,
    market text not null,
    queue text not null,
    entity text not null,
    state text not null,
    opened_seq bigint not null,
    opened_at bigint not null,
    due_at bigint,
    overdue bigint not null,
    events bigint not null,
    score double precision not null,
    verdict text,
    note text,
    claimed_by text,
    closed_by text,
    closed_at bigint
);
create index case_file_open on case_file (market, queue, entity) where state = 'open';
create index case_file_page on case_file (state, opened_at);
create table case_decision (
    case_id text not null,
    seq bigint not null,
    primary key (case_id, seq)
);
