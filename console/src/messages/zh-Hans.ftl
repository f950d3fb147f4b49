# Frame
nav = Main places
nav-live = Live
nav-decisions = Decisions
nav-cases = Cases
nav-rules = Rules
nav-deliveries = Deliveries
nav-settings = Settings
nav-account = Your account, { $name }
skip = Skip to content
close = Close
cancel = Cancel
retry = Try again
undo = Undo
undone = Undone.
more = Show more
why = Why
open-whole = Open in full
clear-filters = Clear the filters
notices = Notices
briefing = Briefing
market = Market
every-market = All markets
every-type = All events
every-verdict = All verdicts
every-rule = All rules
verdict = Verdict
rule = Rule
policy = Policy
origin = Origin
sign-out = Sign out
language-en = English
language-fr = Français
language-zh-Hans = 简体中文
lost = There is no page here
lost-about = The address may be mistyped, or what it named is gone.
lost-home = Go to Live

# Keys
key-palette = Search and go
key-search = Search
key-sheet = Keyboard
key-undo = Undo the last thing
key-next = Next
key-previous = Previous
key-open = Open
key-pause = Pause or go on
key-close = Close what is open
key-replay = Decide it again and compare
key-note = Keys rest while you type in a field.
palette-placeholder = Place, rule, setting, or entity such as user:u42
palette-rule = Rule, { $mode }
palette-setting = Settings: { $name }
palette-none = Nothing has that name.
action-theme-dark = Dark theme
action-theme-light = Light theme
action-language = Language: { $language }

# Stream
stream-connecting = Connecting
stream-open = Connected
stream-broken = The live stream is cut. What you see may be behind; nothing is lost, it will catch up.
stream-closed = Not connected
stream-paused = Paused
stream-trying = Connecting again…
stream-retry = Connect now

# Problems: what happened, what is safe, what to do
problem-unknown = Something went wrong. Nothing was changed.
problem-offline = The server could not be reached. Nothing was changed.
problem-busy = The server has too much to do at this moment. Wait a little and try again.
problem-status = The server answered { $status }. Nothing was changed.
problem-offline-title = The server could not be reached
problem-offline-todo = Nothing was changed. Look at your connection, then try again.
problem-forbidden-title = You may not see this
problem-forbidden-todo = Nothing was changed. Ask an administrator for the role or market that this needs.
problem-missing-title = This is not here
problem-missing-todo = It may have been removed, or belong to a market you do not see.
problem-stale-title = Somebody else was faster
problem-stale-todo = Your change was not made. Load it again and repeat your change on top of theirs.
problem-busy-title = The server has too much to do
problem-busy-todo = Events are still being taken in. Wait a few seconds, then try again.
problem-broken-title = The server could not answer
problem-broken-todo = What was stored is safe and nothing was changed. Try again; if it stays so, the server’s log says more.
problem-refused-title = The server refused this
problem-refused-todo = Nothing was changed. Correct it and try again.

# Sign-in
signin = Sign in
signin-title = Sign in to Vigie
signin-about = The lookout over your market.
signin-wrong = This login and password do not go together.
signin-locked = Too many tries. Sign-in is locked for a few minutes.
login = Login
password = Password

# Verdicts and modes
verdict-allow = Allowed
verdict-warn = Warned
verdict-review = To review
verdict-hold = Held
verdict-block = Blocked
mode-draft = Draft
mode-shadow = Shadow
mode-canary = Canary
mode-live = Live
mode-draft-about = Checked and tested; never evaluated on live events.
mode-shadow-about = Evaluated and recorded; never acts.
mode-canary-about = Acts on a share of entities, shadow on the rest.
mode-live-about = Acts.
masked = Masked personal data
masked-about = Personal data is masked.
masked-hint = The text is personal and masked; the marks show where signals fired.
found-in-text = Found in the text: { $signals }
signal-off-platform = asks to leave the platform
signal-payment-outside = asks for payment outside
signal-phishing = looks like phishing
signal-urgency = pressure to hurry
signal-contact = contact details
signal-counterfeit = words of counterfeit goods
signal-drugs = words of banned goods
value-missing = missing
value-yes = yes
value-no = no
values-read = Values the rule read

# Live
pause = Pause
resume = { $count ->
    [0] Go on
   *[other] Go on ({ $count })
}
waiting = { $count ->
    [one] { $count } new
   *[other] { $count } new
}
welcome-title = This is your market, as it happens
welcome-1 = Every message, listing, payment and sign-in walks in as an event and stands here a moment later.
welcome-2 = Rules decide what may happen with it: allowed, warned, to review, held or blocked. Shadow rules only watch.
welcome-3 = Open any line to see why: each value read, each effect, and a button that takes it back.
welcome-rules = See the rules
welcome-held = Only what is held
count-events = events
count-warned = warned
count-reviewed = to review
count-held = held
count-blocked = blocked
count-cases = open cases
count-lost = lost
chart-events = Events per minute
chart-hits = Rule hits per minute
chart-events-at = { $time } · { $count ->
    [one] { $count } event
   *[other] { $count } events
}
chart-hits-at = { $time } · { $count ->
    [one] { $count } hit
   *[other] { $count } hits
}
live-none = Nothing has come in yet
live-none-about = Events stand here a moment after they are sent. Make a key, then send the first one:
live-none-key = Make a key
live-none-filtered = Nothing matches these filters
live-none-filtered-about = Events that match will stand here as they come.
live-foot = { $count ->
    [one] The newest event. Older ones are found from a decision or an entity.
   *[other] The newest { $count } events. Older ones are found from a decision or an entity.
}
shadow-would = In shadow: { $why }

# Decision
decision-choose = Choose a decision
decision-choose-about = Each event that a rule had something to say of is a decision. Move with j and k.
decision-title = { $verdict }: { $type }
decisions-none = No decisions here
decisions-none-about = A decision is recorded where a rule hits, in shadow too. Loosen the filters, or look at which rules are in force.
decision-undo = Undo this decision
decision-undo-about = { $count ->
    [one] Its effect is taken back where it can be: labels are lifted, cases closed, what still waits is not sent. What was already sent cannot be unsent.
   *[other] Its { $count } effects are taken back where they can be: labels are lifted, cases closed, what still waits is not sent. What was already sent cannot be unsent.
}
decision-undone = Taken back: { $undone }. Kept: { $kept }.
decision-was-undone = Undone { $when } by { $by }: { $why }
score = score { $score }
replay = Decide again
replay-same = Decided again: the same, byte for byte.
replay-differs = Decided again: the result differs from what is stored.
replay-both = Stored and replayed
why-decided = Why
no-acting-hit = No acting rule hit; the event went through.
no-rule-hit = No rule had anything to say of this event.
shadow-hits = { $count ->
    [one] { $count } rule in shadow would have hit
   *[other] { $count } rules in shadow would have hit
}
hit-missing = A value was missing, and the rule then asks for review.
what-happened = What happened
effects = Effects
effects-none = It asked for nothing.
concerned = Concerns
effect-label = Label { $detail }
effect-unlabel = Lift label { $detail }
effect-enqueue = Case in queue { $detail }
effect-message = Message { $detail }
effect-webhook = Webhook { $detail }
state-applied = applied
state-waiting = waiting
state-delivered = delivered
state-failed = will retry
state-dead = failed for good
state-undone = undone
state-cancelled = cancelled
inverse-delay = It waits a moment and can still be withdrawn.
inverse-compensate = It can be taken back later.
inverse-none = Once sent, it cannot be taken back.

# Event
event-type = Type
event-time = Happened
event-received = Received
event-source = Source
event-id = Id
event-actor = Actor
event-no-data = It carries no data.
entity-role = { $kind } as { $role }
kind-user = User
kind-listing = Listing
kind-conversation = Chat
kind-order = Order
kind-device = Device
kind-instrument = Instrument
kind-ip = IP
kind-agent = Agent
kind-brand = Brand
kind-record = Record
kind-page = Page
type-account-registered = Account registered
type-session-started = Session started
type-page-viewed = Page viewed
type-listing-submitted = Listing submitted
type-listing-published = Listing published
type-listing-removed = Listing removed
type-message-submitted = Message submitted
type-message-sent = Message sent
type-order-placed = Order placed
type-order-shipped = Order shipped
type-order-delivered = Order delivered
type-order-cancelled = Order cancelled
type-order-disputed = Order disputed
type-payment-attempted = Payment attempted
type-payment-completed = Payment completed
type-payment-failed = Payment failed
type-instrument-linked = Instrument linked
type-signin-succeeded = Signed in
type-signin-failed = Sign-in failed
type-cart-updated = Cart updated
type-refund-issued = Refund issued
type-review-posted = Review posted
type-flag-raised = Flag raised
type-record-revealed = Record revealed
type-policy-activated = Policy activated
type-rule-tripped = Rule tripped
type-label-applied = Label applied
type-label-lifted = Label lifted
type-case-opened = Case opened
type-case-closed = Case closed
type-case-reopened = Case reopened
type-case-claimed = Case claimed
type-effect-undone = Effect undone
type-decision-undone = Decision undone
field-message = Message
field-conversation = Chat
field-sender = Sender
field-recipient = Recipient
field-text = Text
field-listing = Listing
field-seller = Seller
field-buyer = Buyer
field-user = User
field-title = Title
field-description = Description
field-category = Category
field-price = Price
field-amount = Amount
field-currency = Currency
field-country = Country
field-brand = Brand
field-device = Device
field-ip = IP
field-email = Email
field-phone = Phone
field-path = Path
field-order = Order
field-payment = Payment
field-instrument = Instrument
field-reason = Reason
field-reporter = Reporter
field-reported = Reported
field-agent = Agent
field-record = Record
field-field = Field
field-kind = Kind
field-stars = Stars
