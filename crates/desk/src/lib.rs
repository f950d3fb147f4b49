//! People's work: tickets, queues and cases.
