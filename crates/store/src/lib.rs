//! Log, transactions, outbox, jobs and migrations on SQLite and PostgreSQL.
