// Policy texts changed and not yet activated, by file; they outlive a visit to another page.

export const drafts = new Map<string, string>();

addEventListener('beforeunload', (event) => drafts.size > 0 && event.preventDefault());
