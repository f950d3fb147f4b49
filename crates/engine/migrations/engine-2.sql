-- Changes of policy that wait for a second person.
create table policy_proposal (
    id text primary key,
    state text not null,
    author text not null,
    maker text,
    note text not null,
    at bigint not null,
    base text not null,
    hash text not null,
    files text not null,
    rules text not null,
    decided_by text,
    decided_at bigint,
    why text
);
create index policy_proposal_page on policy_proposal (at, id);

-- From which place of a market's log on a rule's actions count against its budget, when somebody let it act again.
create table rule_reset (
    market text not null,
    rule text not null,
    seq bigint not null,
    primary key (market, rule)
);
