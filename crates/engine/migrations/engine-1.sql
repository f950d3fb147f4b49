create table policy_version (
    hash text primary key,
    files text not null,
    author text not null,
    note text not null,
    at bigint not null
);
create table policy_active (
    market text not null,
    seq bigint not null,
    hash text not null,
    primary key (market, seq)
);
create table rule_trip (
    market text not null,
    rule text not null,
    seq bigint not null,
    at bigint not null,
    primary key (market, rule)
);
create table decision_undone (
    market text not null,
    seq bigint not null,
    at bigint not null,
    author text not null,
    why text not null,
    primary key (market, seq)
);
