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
signal-pay-outside = asks for payment outside
signal-asks-code = asks for a code
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
kind-visitor = Visitor
kind-payment = Payment
kind-message = Message
type-account-registered = Account registered
type-account-verified = Account verified
type-profile-identified = Profile identified
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
field-visitor = Visitor
field-method = Method
field-name = Name
field-agent-string = Browser
field-referrer = Came from
field-ticket = Ticket
field-language = Language
field-traits = Traits
field-review = Review
field-flag = Flag
field-items = Items

# Entity
entity = Entity
labels = Labels
labels-none = No labels.
label-add = Add a label
label-added = Label { $name } added.
label-lifted = Label { $name } lifted.
label-lift = Lift { $name }
label-until = ends { $when }
label-name = Label
label-name-about = A short name that rules can ask for, such as trusted_seller.
label-ttl = Ends
ttl-none = When somebody lifts it
ttl-1d = In a day
ttl-7d = In 7 days
ttl-30d = In 30 days
reason-undo = Undone right after
reason-by-hand = Lifted by hand in the console
timeline = Timeline
timeline-only = Only what a rule had something to say of
timeline-none = Nothing is known of it yet
timeline-none-about = Events that name it will stand here, the newest first. Check the market if you expected some.
standing = Standing
registered = Registered
first-seen = First seen
cases-open = Open cases
aggregates = What is counted
aggregate = Measure
aggregates-rest = { $count ->
    [one] { $count } more, nothing counted
   *[other] { $count } more, nothing counted
}
hook-missing = No webhook is set, so what leaves the house waits here.
hook-missing-set = Set the webhook
aggregates-none = No measure is kept for this kind.
approximate = Approximate
window-1h = 1 h
window-24h = 24 h
window-all = Ever
key-label = Add a label

# Cases
queue = Queue
every-queue = All queues
case-state = State
case-open = Open
case-closed = Closed
case-choose = Choose a case
case-choose-about = A case gathers what rules found about one person or thing. Give a verdict by one key and the next opens by itself.
case-first = Serve me the first
case-title = Case about { $entity }
case-events = { $count ->
    [one] { $count } event
   *[other] { $count } events
}
case-claim = Claim
case-claimed = It is yours.
claimed-by = with { $name }
case-next = Next
case-fraud = Fraud
case-fine = Fine
case-unsure = Unsure
case-note = Note (optional)
case-closed-fraud = { $entity }: fraud.
case-closed-fine = { $entity }: fine.
case-closed-unsure = { $entity }: unsure.
case-verdict-fraud = fraud
case-verdict-fine = fine
case-verdict-unsure = unsure
case-verdict-undone = undone
case-was-closed = Closed: { $verdict }.
case-reopen = Reopen
cases-none-open = Nothing waits here
cases-none-closed = Nothing was closed yet
cases-none-about = Rules send work to queues by “enqueue”. When one hits, its case stands here.
due = due { $when }
overdue = due { $when }
overdue-count = { $count ->
    [one] { $count } overdue
   *[other] { $count } overdue
}
evidence = Evidence
evidence-none = No decision belongs to it.

# Deliveries
deliveries-about = Messages and webhooks that leave the house. Each is tried until it arrives and carries a key, so that none counts twice.
deliveries-none = Nothing has been sent yet
deliveries-none-state = None in this state
deliveries-none-about = When a live rule says “message” or “webhook”, it waits here until it is delivered.
delivery-retry = Try again
delivery-retried = It will be tried again now.
delivery-cancel = Do not send
delivery-cancelled = It will not be sent.
next-try = next

# Rules
mode = Mode
tests = Tests
hits-day = Hits in 24 h
hits-link = { $count ->
    [one] { $count } hit in 24 hours
   *[other] { $count } hits in 24 hours
}
hits-line = { $day ->
    [one] { $day } hit in 24 hours
   *[other] { $day } hits in 24 hours
}, { $total } ever
never-hit = never hit
tests-failed = { $count ->
    [one] { $count } fails
   *[other] { $count } fail
}
tests-passed = { $count ->
    [one] { $count } passes
   *[other] { $count } pass
}
tests-of = { $passed } of { $total } pass
tests-none = No tests yet. A rule needs them to leave draft.
test-got = expected { $expect }, got { $got }
passed = Passed
failed = Failed
rule-tripped = Over its budget { $when }; it went back to shadow.
rules-none = No rules here
rules-none-about = A rule says in one line when it hits, and what then happens. Start one in draft: it acts on nothing until you let it.
rule-new = New rule
rule-new-about = It starts as a draft with an example and two tests.
rule-name = Name
rule-name-about = Short, in small letters; it stands in every decision the rule makes.
rule-taken = There is a rule of this name.
rule-write = Write it
rule-template-note = Say when it hits, what then happens, and why in words.
rule-unknown = No rule is called { $name }.
rule-save = Activate
rule-save-about = The file becomes part of the policy at once, for every event that comes after. The old version stays in the history.
rule-saved = { $name } is in force.
rule-discarded = Your changes are gone.
rule-file = In { $file }.
rule-changed = Changed, not active
discard = Discard
all-rules = All rules
note = What changes
policy-line = Policy { $hash }, by { $who } { $when }
checking = Checking…
check-fine = No faults, and every name is known.
findings = Findings
at-line = Line { $line }:{ $column }
did-you-mean = Did you mean { $name }?
fix = Fix it
fix-to = Make it { $to }
mode-change = Change to { $mode }
mode-set = Change to { $mode }
mode-changed = { $name }: { $mode }.
mode-after-save = Activate or discard your changes first.
history = History
in-force = in force
no-note = No note
version-choose = Choose a version
version-choose-about = Each change of the policy is kept with its author and reason, and one click goes back to it.
version-line = { $hash }, by { $who } { $when }
version-first = This is the first version there is.
version-same = It is the same as the version before.
version-return = Return to this version
version-return-about = This version is put in force again, as a new entry in the history. Decisions already made stay as they are.
version-returned = Policy { $hash } is in force again.
lines-same = { $count ->
    [one] { $count } line unchanged
   *[other] { $count } lines unchanged
}

# Backtest
backtest = Backtest
backtest-about = Runs this policy over the log: what would be decided today of what happened then. Nothing is sent.
backtest-about-changed = Runs your changed text over the log and compares it with the policy in force. Nothing is sent.
backtest-run = Run
range = Range
range-day = Last 24 hours
range-week = Last 7 days
range-all = The whole log
stop = Stop
starting = Starting…
progress = { $done } of { $total } events, { $share }
new-hits = new hits
lost-hits = lost hits
same-hits = the same
verdicts-changed = Verdicts changed
people-affected = People affected
value-affected = Value affected
events-read = Events read
events-in = { $count } in { $time }
before = Before
after = After
samples = Samples
change-new = new
change-lost = lost

# Settings
settings-appearance = Appearance and account
settings-appearance-about = Language, theme, password
settings-agents = Agents
settings-agents-about = The people who may sign in, and as what
settings-keys = API keys
settings-keys-about = For programs that send events or ask for decisions
settings-webhooks = Webhooks
settings-webhooks-about = Where decisions are told to your systems, signed
settings-about = About
settings-about-about = Version, store, API
language = Language
theme = Theme
theme-auto = As the system
theme-light = Light
theme-dark = Dark
account = Account
save = Save
copy = Copy
copied = Copied.
done = Done
password-change = Change password
password-old = Present password
password-new = New password
password-about = At least 10 characters.
password-changed = Password changed.
agent-add = Add an agent
agent-added = { $name } may sign in now.
agent-name = Name
agent-login = Login
agent-password = First password (one is made up when empty)
agent-made-password = Password of { $name }
agent-role = Role
agent-disabled = may not sign in
role-admin = Administrator
role-analyst = Analyst
role-agent = Agent
role-auditor = Auditor, reads only
key-add = Make a key
key-name = Name
key-name-about = What will use it, so that you know it again.
key-scopes = It may
key-market-about = Events sent with this key belong to this market.
key-made = Your new key
key-made-about = Copy it now: it is shown only this once. Who has it can do what it may.
key-revoke = Revoke { $name }
key-revoking = { $name } is being revoked.
keys-none = No keys yet
keys-none-about = A key lets a program send events to this house.
scope-ingest = send events
scope-decide = ask for decisions
scope-read = read
scope-write = change things
last-used = last used
never-used = never used
hook-set = Set the webhook
hook-url = Address
hook-about = An https address of yours. Empty takes the webhook away, and what is due waits.
hook-rotate = Make a new signing secret; the old one signs along until the next change
hook-secret-made = Signing secret
hook-secrets = { $count ->
    [one] signed with { $count } secret
   *[other] signed with { $count } secrets
}
hook-private = private addresses allowed
hook-saved = Saved.
hooks-none = No webhook is set
hooks-none-about = With one, your systems learn at once that something is held, warned or blocked.
about-line = Vigie, the lookout over your market.
about-version = Version
about-store = Store
about-encoder = Sentence encoder
encoder-on = loaded
encoder-off = not loaded; texts are read by n-grams
about-retention = Events are kept
days = { $count ->
    [one] { $count } day
   *[other] { $count } days
}
about-api = API description
about-licence = Licence

# Chats, lexicon, quality, events
nav-chats = Chats
nav-lexicon = Lexicon
nav-quality = Quality
nav-events = Events
conversation = Conversation
chat-title = Chat { $id }
chat-choose = Choose a conversation
chat-choose-about = What was said stands here with what was read in it. One key gives the verdict, and the next conversation opens by itself.
chats-none-about = Rules send conversations here by “enqueue” to the queue chats. When one hits, it stands here.
chat-several = Conversations of this case
chat-none-named = No conversation is named by this case.
chat-as-case = See it as a case
chat-open-case = Open its case
chat-more = Older messages are not shown.
turn-asked = asked, not known to be sent
acts-found = Acts you found
copies = { $count ->
    [one] Also sent to one other
   *[other] Also sent to { $count } others
}
copies-about = The same words stand in these conversations.
copies-of = { $count ->
    [one] the same words in one other chat
   *[other] the same words in { $count } other chats
}
messages-count = { $count ->
    [one] { $count } message here
   *[other] { $count } messages here
}
registered-when = Registered { $when }
registered-unknown = When they registered is not known
cases-count = { $count ->
    [one] { $count } case
   *[other] { $count } cases
} · open: { $open }
reveal = Show the words
reveal-about = The words are shown for { $count } seconds. That you looked, and why, is recorded for good.
reveal-why = Why you need to read them
veil = Hide ({ $count } s)
looks = { $count ->
    [one] { $count } look of yours in 24 h
   *[other] { $count } looks of yours in 24 h
}
act-offer-contact = Gives a contact
act-ask-contact = Asks for a contact
act-move-channel = Leaves the chat
act-pay-outside = Payment outside
act-pay-first = Pay first
act-overpay = Overpays
act-payment-link = Payment link
act-ask-code = Asks for a code
act-hide-chat = Hides the chat
act-pressure = Pressure
act-fake-proof = False proof
act-price-too-good = Price too good
about-act-offer-contact = Gives a number, an address or an id of another app.
about-act-ask-contact = Asks for a number, an address or an id of another app.
about-act-move-channel = Wants to go on in another app or by telephone.
about-act-pay-outside = Wants money where the market cannot protect it.
about-act-pay-first = Wants a deposit, a fee or the whole price in advance.
about-act-overpay = Pays or claims to pay too much and wants the rest back.
about-act-payment-link = Sends a link or a courier for money or card data.
about-act-ask-code = Asks for a one-time code, a password or a card number.
about-act-hide-chat = Asks to delete messages or to keep them from the market.
about-act-pressure = Hurries, threatens, or plays on pity.
about-act-fake-proof = Shows a receipt, a passport or a letter that proves nothing.
about-act-price-too-good = Far below what such a thing is worth.
mark-list = word list
mark-act = act
mark-identifier = identifier
identifier-phone = phone number
identifier-email = e-mail address
identifier-url = link
identifier-handle = account of an app
identifier-iban = bank account
identifier-card = card number
identifier-crypto = crypto address
identifier-qr = QR code
direction-offers = offers
direction-asks = asks
polarity-warning = a warning, no lure
confidence = { $share } sure
lexicon-about = Words and patterns that rules look for, by language. A text is searched for all of them.
lexicon-title = Lexicon: { $language }
lexicon-none = No word lists
lexicon-none-about = Put them into policy/lexicons, one file a language.
lexicon-choose = Choose a language
lexicon-choose-about = Each list is a signal that rules can read. Try a text before you change anything.
lexicon-how = A plain term matches whole words whatever case, accents, width or spacing; re: begins a pattern.
lexicon-save = Activate
lexicon-saved = The lists of { $language } are in force.
try-it = Try a text
try-it-about = It is read as a message would be, and kept nowhere.
try-it-changed = It is read with the lists as you have written them above, and kept nowhere.
try-it-example = add me on WhatsApp, I reply faster there
try-language = { $language }, { $share } sure
try-no-language = the language cannot be told
try-nothing = nothing was read in it
preview = Yesterday’s messages
preview-about = Reads the messages of the last 24 hours with your lists and with those in force, and compares. Nothing is changed, and the words stay masked.
preview-run = Compare
lexicon-preview = Compare on yesterday’s messages
preview-read = { $count ->
    [one] { $count } message was read.
   *[other] { $count } messages were read.
}
preview-none = No list hits any of them, before or after.
preview-samples = Messages that differ
word-list = Word list
difference = Difference
change-moved = moved
quality-about = What the conversation guard is worth: counted from what people found, with 95 % intervals.
quality-none = Nothing was said in this time
quality-none-about = Figures come from messages and from the verdicts people give to conversations.
last-days = { $count ->
    [one] Last day
   *[other] Last { $count } days
}
quality-messages = { $count ->
    [one] messages in { $count } conversation
   *[other] messages in { $count } conversations
}
quality-judged = judged: { $fraud } fraud, { $fine } fine, { $unsure } unsure
quality-precision = Precision
quality-stayed = warned, then stayed (never warned: { $base } of { $n })
quality-truncated = Only the newest { $count } messages were looked at.
quality-by = Precision by language, market and signal
quality-by-about = Of the cases people judged, the share that was fraud. The dashed line is the share over all: { $base } of { $n }. Unsure ones count in none.
quality-no-verdicts = Nobody has judged a conversation in this time.
quality-go-judge = Judge the first
quality-part = Part
by-language = language
by-market = market
by-signal = signal
judged = Judged
interval = 95 % interval
interval-bar = In a picture
interval-named = { $name }, 95 % interval
interval-short = { $low }–{ $high }, n = { $n }
interval-of = { $hits } of { $n }; with 95 % confidence between { $low } and { $high }
of-n = { $hits } of { $n }
chart-alerts = Alerts in chats per day
chart-alerts-at = { $day } · { $count ->
    [one] { $count } alert
   *[other] { $count } alerts
}
chart-messages = Messages per day
chart-messages-at = { $day } · { $count ->
    [one] { $count } message
   *[other] { $count } messages
}
chart-opens = Click, or arrow keys and Enter, for the rows behind a point
twins = Word lists alone, and the whole policy
twin = Way of alerting
twin-guard = Whole policy
twin-keyword = Word lists alone
twin-alerts = Conversations alerted in
twin-recall = Of found fraud, alerted in
twins-about = On the same messages. The lists are those that rules over messages read: { $lists }. People judge what was alerted, so what nobody alerted in is missing from both.
twins-overlap = Both alerted in { $both }, the lists alone in { $keyword }, the policy alone in { $guard }.
events-about = Every event that matches, newest first, with the columns you want.
events-none-about = Nothing in the log matches. Loosen the filters, or choose another time.
event-seq = Place
score-name = Score
span-between = From { $from } to { $until }
span-from = From { $from } on
span-until = Before { $until }
span-clear = Show every time

# Tables
columns = Columns
csv-about = Download these rows as CSV, masked as they are shown
hits-ever = Hits ever
last-hit = Last hit
rule-events = Events
rule-when = Condition
rule-budget = Budget an hour
rule-where = Stands in
delivery-state = State
delivery-what = What
delivery-target = Goes to
delivery-when = When
delivery-tries = Tries
delivery-error = Last fault
delivery-key = Key
delivery-do = To do
delivery-cancel-about = It will not go out, and this cannot be taken back.
canary-share = Share in canary
canary-share-about = On this share of people and things it acts; on the rest it only watches.
canary-now = Now: { $share }.
retention-none = Until somebody sets an end

# Keyboard
settings-keyboard = Keyboard
settings-keyboard-about = Which key does what
keyboard-about = Press other keys for what you do all day. They go with you to every browser.
key-change = Choose other keys
key-choose = { $name }: { $keys }. Choose other keys
key-press = Press a key, or two in a row
key-reset = Give { $name } its own keys again
keys-reset-all = { $count ->
    [one] Reset { $count } change
   *[other] Reset { $count } changes
}
keys-reset = Every action has its own keys again.
keys-changed = { $name }: { $keys }.
key-taken = { $keys } already does: { $names }.
key-swap = Swap them
key-reveal = Show or hide the words
area-everywhere = Everywhere
area-list = In lists
area-live = In Live
area-decision = In a decision
area-entity = At an entity
area-work = In cases and chats
area-chat = In chats
area-rules = In the list of rules
area-rule = At a rule
area-lexicon = In the lexicon

# Proposals
proposals = Proposals
proposals-open = { $count ->
    [one] { $count } proposal waits
   *[other] { $count } proposals wait
}
proposals-none = Nothing waits for a second person
proposals-about = A rule that lets more through needs two people: one writes it, another approves it here.
proposal-choose = Choose a proposal
proposal-open = waits
proposal-stale = overtaken
proposal-stale-about = The policy has changed since it was written, so it can only be declined and written anew.
proposal-approved = approved
proposal-declined = declined
proposal-withdrawn = withdrawn
proposal-line = by { $who } { $when }
proposal-lets = It lets more through: { $rules }.
proposal-mine = You wrote it, so another person must approve it. You may withdraw it.
proposal-decided = Decided by { $who } { $when }.
proposal-approve = Approve
proposal-approve-about = { $rules } will let more through at once. Your name and the author’s stand in the history.
proposal-is-approved = In force: { $rules }.
proposal-decline = Decline
proposal-withdraw = Withdraw
proposal-gone = It will not come into force.
proposal-made = It lets more through, so a second person must approve it: { $rules }.

# Guard and retention
retention-change = Change
retention-change-about = What is older is dropped within minutes and does not come back. What was counted from it stays.
retention-choice-about = Choose long enough for your law and for replays.
retention-changed = It is kept so from now on.
retention-begins = { $market }: from { $when } on
retention-empty = { $market }: nothing yet
effect-mask = Hide parts of the message { $detail }
chat-risk = risk { $risk }
kind-text = Text
type-ban-told = Counterparts told of a ban
type-effect-retried = Delivery tried again
type-rule-reset = Rule may act again
type-timer-fired = Timer ran out
type-attempt-overruled = Attempt went ahead nevertheless
type-decision-made = Decision made
copy-to = to
field-same-text = Same words
