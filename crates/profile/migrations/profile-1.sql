create table profile_state (
    market bigint not null,
    entity bigint not null,
    seq bigint not null,
    body {blob} not null,
    primary key (market, entity)
){clustered};
create table profile_checkpoint (
    market bigint not null primary key,
    seq bigint not null,
    ready text not null
);
