# Cadre
nav = Lieux principaux
nav-live = Direct
nav-decisions = Décisions
nav-cases = Dossiers
nav-rules = Règles
nav-deliveries = Envois
nav-settings = Réglages
nav-account = Votre compte, { $name }
skip = Aller au contenu
close = Fermer
cancel = Annuler
retry = Réessayer
undo = Annuler
undone = Annulé.
more = En voir plus
why = Pourquoi
open-whole = Ouvrir en entier
clear-filters = Effacer les filtres
notices = Avis
briefing = Résumé
market = Marché
every-market = Tous les marchés
every-type = Tous les événements
every-verdict = Tous les verdicts
every-rule = Toutes les règles
verdict = Verdict
rule = Règle
policy = Politique
origin = Origine
sign-out = Se déconnecter
language-en = English
language-fr = Français
language-zh-Hans = 简体中文
lost = Il n’y a pas de page ici
lost-about = L’adresse est peut-être mal saisie, ou ce qu’elle nommait n’existe plus.
lost-home = Aller au direct

# Clavier
key-palette = Chercher et aller
key-search = Chercher
key-sheet = Clavier
key-undo = Annuler la dernière action
key-next = Suivant
key-previous = Précédent
key-open = Ouvrir
key-pause = Suspendre ou reprendre
key-close = Fermer ce qui est ouvert
key-replay = Décider à nouveau et comparer
key-note = Les touches se reposent quand vous écrivez dans un champ.
palette-placeholder = Lieu, règle, réglage, ou entité comme user:u42
palette-rule = Règle, { $mode }
palette-setting = Réglages : { $name }
palette-none = Rien ne porte ce nom.
action-theme-dark = Thème sombre
action-theme-light = Thème clair
action-language = Langue : { $language }

# Flux
stream-connecting = Connexion
stream-open = Connecté
stream-broken = Le flux est coupé. L’écran peut être en retard ; rien n’est perdu, il se rattrapera.
stream-closed = Non connecté
stream-paused = Suspendu
stream-trying = Nouvelle connexion…
stream-retry = Se connecter maintenant

# Problèmes
problem-unknown = Quelque chose a échoué. Rien n’a été modifié.
problem-offline = Le serveur est injoignable. Rien n’a été modifié.
problem-busy = Le serveur est surchargé en ce moment. Attendez un peu, puis réessayez.
problem-status = Le serveur a répondu { $status }. Rien n’a été modifié.
problem-offline-title = Le serveur est injoignable
problem-offline-todo = Rien n’a été modifié. Vérifiez votre connexion, puis réessayez.
problem-forbidden-title = Vous ne pouvez pas voir ceci
problem-forbidden-todo = Rien n’a été modifié. Demandez à un administrateur le rôle ou le marché nécessaire.
problem-missing-title = Ceci n’est pas ici
problem-missing-todo = Cela a peut-être été retiré, ou appartient à un marché que vous ne voyez pas.
problem-stale-title = Quelqu’un a été plus rapide
problem-stale-todo = Votre changement n’a pas été fait. Rechargez, puis refaites-le par-dessus le sien.
problem-busy-title = Le serveur est surchargé
problem-busy-todo = Les événements sont toujours reçus. Attendez quelques secondes, puis réessayez.
problem-broken-title = Le serveur n’a pas pu répondre
problem-broken-todo = Ce qui était enregistré est en sûreté et rien n’a changé. Réessayez ; si cela persiste, le journal du serveur en dit plus.
problem-refused-title = Le serveur a refusé
problem-refused-todo = Rien n’a été modifié. Corrigez, puis réessayez.

# Connexion
signin = Se connecter
signin-title = Se connecter à Vigie
signin-about = La vigie de votre marché.
signin-wrong = Cet identifiant et ce mot de passe ne vont pas ensemble.
signin-locked = Trop d’essais. La connexion est bloquée pour quelques minutes.
login = Identifiant
password = Mot de passe

# Verdicts et modes
verdict-allow = Admis
verdict-warn = Averti
verdict-review = À revoir
verdict-hold = Retenu
verdict-block = Bloqué
mode-draft = Brouillon
mode-shadow = Ombre
mode-canary = Canari
mode-live = Active
mode-draft-about = Vérifiée et testée ; jamais évaluée sur de vrais événements.
mode-shadow-about = Évaluée et notée ; n’agit jamais.
mode-canary-about = Agit sur une part des entités, dans l’ombre sur le reste.
mode-live-about = Agit.
masked = Données personnelles masquées
masked-about = Les données personnelles sont masquées.
masked-hint = Le texte est personnel et masqué ; les marques montrent où un signal s’est déclenché.
found-in-text = Trouvé dans le texte : { $signals }
signal-off-platform = invite à quitter la plateforme
signal-pay-outside = demande un paiement à l’extérieur
signal-asks-code = demande un code
signal-phishing = ressemble à un hameçonnage
signal-urgency = pousse à se presser
signal-contact = coordonnées
signal-counterfeit = mots de la contrefaçon
signal-drugs = mots de produits interdits
value-missing = manquant
value-yes = oui
value-no = non
values-read = Valeurs lues par la règle

# Direct
pause = Suspendre
resume = { $count ->
    [0] Reprendre
   *[other] Reprendre ({ $count })
}
waiting = { $count ->
    [one] { $count } nouveau
   *[other] { $count } nouveaux
}
welcome-title = Votre marché, au moment où il vit
welcome-1 = Chaque message, annonce, paiement ou connexion entre comme un événement et se tient ici un instant plus tard.
welcome-2 = Les règles décident de ce qui peut en advenir : admis, averti, à revoir, retenu ou bloqué. Celles dans l’ombre ne font que regarder.
welcome-3 = Ouvrez une ligne pour voir pourquoi : chaque valeur lue, chaque effet, et un bouton qui revient en arrière.
welcome-rules = Voir les règles
welcome-held = Seulement ce qui est retenu
count-events = événements
count-warned = avertis
count-reviewed = à revoir
count-held = retenus
count-blocked = bloqués
count-cases = dossiers ouverts
count-lost = perdus
chart-events = Événements par minute
chart-hits = Règles touchées par minute
chart-events-at = { $time } · { $count ->
    [one] { $count } événement
   *[other] { $count } événements
}
chart-hits-at = { $time } · { $count ->
    [one] { $count } touche
   *[other] { $count } touches
}
live-none = Rien n’est encore arrivé
live-none-about = Les événements se tiennent ici un instant après leur envoi. Créez une clé, puis envoyez le premier :
live-none-key = Créer une clé
live-none-filtered = Rien ne correspond à ces filtres
live-none-filtered-about = Les événements qui correspondent apparaîtront ici à leur arrivée.
live-foot = { $count ->
    [one] L’événement le plus récent. Les plus anciens se trouvent depuis une décision ou une entité.
   *[other] Les { $count } événements les plus récents. Les plus anciens se trouvent depuis une décision ou une entité.
}
shadow-would = Dans l’ombre : { $why }

# Décision
decision-choose = Choisissez une décision
decision-choose-about = Tout événement dont une règle avait quelque chose à dire est une décision. Déplacez-vous avec j et k.
decision-title = { $verdict } : { $type }
decisions-none = Aucune décision ici
decisions-none-about = Une décision est notée quand une règle touche, même dans l’ombre. Desserrez les filtres, ou regardez quelles règles sont en vigueur.
decision-undo = Annuler cette décision
decision-undo-about = { $count ->
    [one] Son effet est repris là où c’est possible : étiquettes levées, dossiers fermés, et ce qui attend encore ne part pas. Ce qui est déjà parti ne peut être rappelé.
   *[other] Ses { $count } effets sont repris là où c’est possible : étiquettes levées, dossiers fermés, et ce qui attend encore ne part pas. Ce qui est déjà parti ne peut être rappelé.
}
decision-undone = Repris : { $undone }. Gardés : { $kept }.
decision-was-undone = Annulée { $when } par { $by } : { $why }
score = score { $score }
replay = Décider à nouveau
replay-same = Décidé à nouveau : le même résultat, octet pour octet.
replay-differs = Décidé à nouveau : le résultat diffère de ce qui est enregistré.
replay-both = Enregistré et rejoué
why-decided = Pourquoi
no-acting-hit = Aucune règle active n’a touché ; l’événement est passé.
no-rule-hit = Aucune règle n’avait rien à dire de cet événement.
shadow-hits = { $count ->
    [one] { $count } règle dans l’ombre aurait touché
   *[other] { $count } règles dans l’ombre auraient touché
}
hit-missing = Une valeur manquait, et la règle demande alors un examen.
what-happened = Ce qui s’est passé
effects = Effets
effects-none = Elle n’a rien demandé.
concerned = Concerne
effect-label = Étiquette { $detail }
effect-unlabel = Étiquette levée { $detail }
effect-enqueue = Dossier dans la file { $detail }
effect-message = Message { $detail }
effect-webhook = Webhook { $detail }
state-applied = appliqué
state-waiting = en attente
state-delivered = arrivé
state-failed = à réessayer
state-dead = échec définitif
state-undone = repris
state-cancelled = annulé
inverse-delay = Il attend un instant et peut encore être retiré.
inverse-compensate = Il peut être repris plus tard.
inverse-none = Une fois parti, il ne peut être repris.

# Événement
event-type = Type
event-time = Survenu
event-received = Reçu
event-source = Source
event-id = Identifiant
event-actor = Auteur
event-no-data = Il ne porte aucune donnée.
entity-role = { $kind }, rôle { $role }
kind-user = Membre
kind-listing = Annonce
kind-conversation = Discussion
kind-order = Commande
kind-device = Appareil
kind-instrument = Moyen de paiement
kind-ip = IP
kind-agent = Agent
kind-brand = Marque
kind-record = Fiche
kind-page = Page
kind-visitor = Visiteur
kind-payment = Paiement
kind-message = Message
type-account-registered = Compte créé
type-account-verified = Compte vérifié
type-profile-identified = Profil identifié
type-session-started = Session ouverte
type-page-viewed = Page vue
type-listing-submitted = Annonce soumise
type-listing-published = Annonce publiée
type-listing-removed = Annonce retirée
type-message-submitted = Message soumis
type-message-sent = Message envoyé
type-order-placed = Commande passée
type-order-shipped = Commande expédiée
type-order-delivered = Commande livrée
type-order-cancelled = Commande annulée
type-order-disputed = Commande contestée
type-payment-attempted = Paiement tenté
type-payment-completed = Paiement effectué
type-payment-failed = Paiement échoué
type-instrument-linked = Moyen de paiement lié
type-signin-succeeded = Connexion réussie
type-signin-failed = Connexion échouée
type-cart-updated = Panier modifié
type-refund-issued = Remboursement émis
type-review-posted = Avis publié
type-flag-raised = Signalement
type-record-revealed = Fiche révélée
type-policy-activated = Politique activée
type-rule-tripped = Règle disjonctée
type-label-applied = Étiquette posée
type-label-lifted = Étiquette levée
type-case-opened = Dossier ouvert
type-case-closed = Dossier fermé
type-case-reopened = Dossier rouvert
type-case-claimed = Dossier pris
type-effect-undone = Effet repris
type-decision-undone = Décision annulée
field-message = Message
field-conversation = Discussion
field-sender = Expéditeur
field-recipient = Destinataire
field-text = Texte
field-listing = Annonce
field-seller = Vendeur
field-buyer = Acheteur
field-user = Membre
field-title = Titre
field-description = Description
field-category = Catégorie
field-price = Prix
field-amount = Montant
field-currency = Devise
field-country = Pays
field-brand = Marque
field-device = Appareil
field-ip = IP
field-email = Courriel
field-phone = Téléphone
field-path = Chemin
field-order = Commande
field-payment = Paiement
field-instrument = Moyen de paiement
field-reason = Motif
field-reporter = Signalé par
field-reported = Personne signalée
field-agent = Agent
field-record = Fiche
field-field = Champ
field-kind = Sorte
field-stars = Étoiles
field-visitor = Visiteur
field-method = Méthode
field-name = Nom
field-agent-string = Navigateur
field-referrer = Venu de
field-ticket = Ticket
field-language = Langue
field-traits = Traits
field-review = Avis
field-flag = Signalement
field-items = Articles

# Entité
entity = Entité
labels = Étiquettes
labels-none = Aucune étiquette.
label-add = Ajouter une étiquette
label-added = Étiquette { $name } posée.
label-lifted = Étiquette { $name } levée.
label-lift = Lever { $name }
label-until = finit { $when }
label-name = Étiquette
label-name-about = Un nom court que les règles peuvent demander, comme trusted_seller.
label-ttl = Fin
ttl-none = Quand quelqu’un la lève
ttl-1d = Dans un jour
ttl-7d = Dans 7 jours
ttl-30d = Dans 30 jours
reason-undo = Annulé juste après
reason-by-hand = Levée à la main dans la console
timeline = Chronologie
timeline-only = Seulement ce dont une règle avait quelque chose à dire
timeline-none = On n’en sait encore rien
timeline-none-about = Les événements qui la nomment se tiendront ici, les plus récents d’abord. Vérifiez le marché si vous en attendiez.
standing = Situation
registered = Inscription
first-seen = Vu d’abord
cases-open = Dossiers ouverts
aggregates = Ce qui est compté
aggregate = Mesure
aggregates-rest = { $count ->
    [one] { $count } autre, rien compté
   *[other] { $count } autres, rien compté
}
hook-missing = Aucun webhook n’est défini : ce qui doit partir attend ici.
hook-missing-set = Définir le webhook
aggregates-none = Aucune mesure n’est tenue pour cette sorte.
approximate = Approximatif
window-1h = 1 h
window-24h = 24 h
window-all = Total
key-label = Ajouter une étiquette

# Dossiers
queue = File
every-queue = Toutes les files
case-state = État
case-open = Ouverts
case-closed = Fermés
case-choose = Choisissez un dossier
case-choose-about = Un dossier réunit ce que les règles ont trouvé d’une personne ou d’une chose. Un verdict par une touche, et le suivant s’ouvre de lui-même.
case-first = Me servir le premier
case-title = Dossier sur { $entity }
case-events = { $count ->
    [one] { $count } événement
   *[other] { $count } événements
}
case-claim = Prendre
case-claimed = Il est à vous.
claimed-by = chez { $name }
case-next = Suivant
case-fraud = Fraude
case-fine = En règle
case-unsure = Incertain
case-note = Note (facultative)
case-closed-fraud = { $entity } : fraude.
case-closed-fine = { $entity } : en règle.
case-closed-unsure = { $entity } : incertain.
case-verdict-fraud = fraude
case-verdict-fine = en règle
case-verdict-unsure = incertain
case-verdict-undone = repris
case-was-closed = Fermé : { $verdict }.
case-reopen = Rouvrir
cases-none-open = Rien n’attend ici
cases-none-closed = Rien n’a encore été fermé
cases-none-about = Les règles envoient du travail aux files par « enqueue ». Quand l’une touche, son dossier se tient ici.
due = échéance { $when }
overdue = échéance { $when }
overdue-count = { $count ->
    [one] { $count } en retard
   *[other] { $count } en retard
}
evidence = Éléments
evidence-none = Aucune décision n’en fait partie.

# Envois
deliveries-about = Messages et webhooks qui quittent la maison. Chacun est tenté jusqu’à son arrivée et porte une clé, pour qu’aucun ne compte deux fois.
deliveries-none = Rien n’a encore été envoyé
deliveries-none-state = Aucun dans cet état
deliveries-none-about = Quand une règle active dit « message » ou « webhook », il attend ici jusqu’à son arrivée.
delivery-retry = Réessayer
delivery-retried = Nouvel essai tout de suite.
delivery-cancel = Ne pas envoyer
delivery-cancelled = Il ne partira pas.
next-try = prochain

# Règles
mode = Mode
tests = Tests
hits-day = Touches en 24 h
hits-link = { $count ->
    [one] { $count } touche en 24 heures
   *[other] { $count } touches en 24 heures
}
hits-line = { $day ->
    [one] { $day } touche en 24 heures
   *[other] { $day } touches en 24 heures
}, { $total } en tout
never-hit = jamais touché
tests-failed = { $count ->
    [one] { $count } échec
   *[other] { $count } échecs
}
tests-passed = { $count ->
    [one] { $count } réussi
   *[other] { $count } réussis
}
tests-of = { $passed } sur { $total } réussis
tests-none = Pas encore de tests. Il en faut pour quitter le brouillon.
test-got = attendu { $expect }, obtenu { $got }
passed = Réussi
failed = Échoué
rule-tripped = Au-delà de son budget { $when } ; elle est retournée dans l’ombre.
rules-none = Aucune règle ici
rules-none-about = Une règle dit en une ligne quand elle touche, et ce qui s’ensuit. Commencez-en une en brouillon : elle n’agit sur rien tant que vous ne le permettez pas.
rule-new = Nouvelle règle
rule-new-about = Elle commence en brouillon, avec un exemple et deux tests.
rule-name = Nom
rule-name-about = Court, en minuscules ; il figure dans chaque décision de la règle.
rule-taken = Une règle porte déjà ce nom.
rule-write = L’écrire
rule-template-note = Dites quand elle touche, ce qui s’ensuit, et pourquoi en mots.
rule-unknown = Aucune règle ne s’appelle { $name }.
rule-save = Activer
rule-save-about = Le fichier entre aussitôt dans la politique, pour tout événement à venir. L’ancienne version reste dans l’historique.
rule-saved = « { $name } » est en vigueur.
rule-discarded = Vos changements sont partis.
rule-file = Dans { $file }.
rule-changed = Modifié, pas encore actif
discard = Abandonner
all-rules = Toutes les règles
note = Ce qui change
policy-line = Politique { $hash }, par { $who } { $when }
checking = Vérification…
check-fine = Aucune faute, et chaque nom est connu.
findings = Constats
at-line = Ligne { $line }:{ $column }
did-you-mean = Vouliez-vous dire { $name } ?
fix = Corriger
fix-to = Écrire { $to }
mode-change = Passer en { $mode }
mode-set = Passer en { $mode }
mode-changed = { $name } : { $mode }.
mode-after-save = Activez ou abandonnez d’abord vos changements.
history = Historique
in-force = en vigueur
no-note = Sans note
version-choose = Choisissez une version
version-choose-about = Chaque changement de la politique est gardé avec son auteur et son motif, et un clic y ramène.
version-line = { $hash }, par { $who } { $when }
version-first = C’est la première version.
version-same = Elle est identique à la précédente.
version-return = Revenir à cette version
version-return-about = Cette version est remise en vigueur, comme une nouvelle entrée de l’historique. Les décisions déjà prises restent telles quelles.
version-returned = La politique { $hash } est de nouveau en vigueur.
lines-same = { $count ->
    [one] { $count } ligne inchangée
   *[other] { $count } lignes inchangées
}

# Essai sur le journal
backtest = Essai sur le journal
backtest-about = Passe cette politique sur le journal : ce qui serait décidé aujourd’hui de ce qui s’est passé alors. Rien n’est envoyé.
backtest-about-changed = Passe votre texte modifié sur le journal et le compare à la politique en vigueur. Rien n’est envoyé.
backtest-run = Lancer
range = Période
range-day = 24 dernières heures
range-week = 7 derniers jours
range-all = Tout le journal
stop = Arrêter
starting = Démarrage…
progress = { $done } événements sur { $total }, { $share }
new-hits = nouvelles
lost-hits = perdues
same-hits = identiques
verdicts-changed = Verdicts changés
people-affected = Personnes touchées
value-affected = Valeur touchée
events-read = Événements lus
events-in = { $count } en { $time }
before = Avant
after = Après
samples = Exemples
change-new = nouveau
change-lost = perdu

# Réglages
settings-appearance = Apparence et compte
settings-appearance-about = Langue, thème, mot de passe
settings-agents = Agents
settings-agents-about = Qui peut se connecter, et à quel titre
settings-keys = Clés d’API
settings-keys-about = Pour les programmes qui envoient des événements ou demandent des décisions
settings-webhooks = Webhooks
settings-webhooks-about = Où les décisions sont dites à vos systèmes, signées
settings-about = À propos
settings-about-about = Version, stockage, API
language = Langue
theme = Thème
theme-auto = Comme le système
theme-light = Clair
theme-dark = Sombre
account = Compte
save = Enregistrer
copy = Copier
copied = Copié.
done = Terminé
password-change = Changer le mot de passe
password-old = Mot de passe actuel
password-new = Nouveau mot de passe
password-about = Au moins 10 caractères.
password-changed = Mot de passe changé.
agent-add = Ajouter un agent
agent-added = { $name } peut désormais se connecter.
agent-name = Nom
agent-login = Identifiant
agent-password = Premier mot de passe (créé pour vous si vide)
agent-made-password = Mot de passe de { $name }
agent-role = Rôle
agent-disabled = ne peut pas se connecter
role-admin = Administrateur
role-analyst = Analyste
role-agent = Agent
role-auditor = Auditeur, lecture seule
key-add = Créer une clé
key-name = Nom
key-name-about = Ce qui l’utilisera, pour la reconnaître plus tard.
key-scopes = Elle permet de
key-market-about = Les événements envoyés avec cette clé appartiennent à ce marché.
key-made = Votre nouvelle clé
key-made-about = Copiez-la maintenant : elle n’est montrée que cette fois. Qui la possède peut faire ce qu’elle permet.
key-revoke = Révoquer { $name }
key-revoking = { $name } est en cours de révocation.
keys-none = Pas encore de clés
keys-none-about = Une clé permet à un programme d’envoyer des événements à cette maison.
scope-ingest = envoyer des événements
scope-decide = demander des décisions
scope-read = lire
scope-write = modifier
last-used = dernier usage
never-used = jamais utilisée
hook-set = Définir le webhook
hook-url = Adresse
hook-about = Une adresse https à vous. Vide : le webhook est retiré, et ce qui est dû attend.
hook-rotate = Créer un nouveau secret de signature ; l’ancien signe encore jusqu’au prochain changement
hook-secret-made = Secret de signature
hook-secrets = { $count ->
    [one] signé avec { $count } secret
   *[other] signé avec { $count } secrets
}
hook-private = adresses privées permises
hook-saved = Enregistré.
hooks-none = Aucun webhook n’est défini
hooks-none-about = Avec lui, vos systèmes apprennent aussitôt qu’une chose est retenue, avertie ou bloquée.
about-line = Vigie, qui veille sur votre marché.
about-version = Version
about-store = Stockage
about-encoder = Encodeur de phrases
encoder-on = chargé
encoder-off = non chargé ; les textes sont lus par n-grammes
about-retention = Conservation des événements
days = { $count ->
    [one] { $count } jour
   *[other] { $count } jours
}
about-api = Description de l’API
about-licence = Licence

# Chats, lexicon, quality, events
nav-chats = Échanges
nav-lexicon = Lexique
nav-quality = Qualité
nav-events = Événements
conversation = Conversation entière
chat-title = Discussion { $id }
chat-choose = Choisissez une conversation
chat-choose-about = Ce qui a été dit se trouve ici, avec ce qui y a été lu. Une touche donne le verdict et la conversation suivante s’ouvre d’elle-même.
chats-none-about = Les règles envoient les conversations ici avec « enqueue » vers la file chats. Quand l’une se déclenche, elle apparaît ici.
chat-several = Conversations de ce dossier
chat-none-named = Ce dossier ne nomme aucune conversation.
chat-as-case = Le voir comme dossier
chat-open-case = Ouvrir son dossier
chat-more = Les messages plus anciens ne sont pas affichés.
turn-asked = demandé, envoi inconnu
acts-found = Actes constatés
copies = { $count ->
    [one] Aussi envoyé à une autre personne
   *[other] Aussi envoyé à { $count } autres
}
copies-about = Les mêmes mots se trouvent dans ces conversations.
copies-of = { $count ->
    [one] les mêmes mots dans une autre conversation
   *[other] les mêmes mots dans { $count } autres conversations
}
messages-count = { $count ->
    [one] { $count } message ici
   *[other] { $count } messages ici
}
registered-when = Inscription { $when }
registered-unknown = Date d’inscription inconnue
cases-count = { $count ->
    [one] { $count } dossier
   *[other] { $count } dossiers
} · ouverts : { $open }
reveal = Afficher les mots
reveal-about = Les mots sont affichés pendant { $count } secondes. Votre consultation et sa raison sont enregistrées définitivement.
reveal-why = Pourquoi vous devez les lire
veil = Masquer ({ $count } s)
looks = { $count ->
    [one] { $count } consultation de votre part en 24 h
   *[other] { $count } consultations de votre part en 24 h
}
act-offer-contact = Donne un contact
act-ask-contact = Demande un contact
act-move-channel = Quitte la messagerie
act-pay-outside = Paiement ailleurs
act-pay-first = Payer d’abord
act-overpay = Trop-perçu
act-payment-link = Lien de paiement
act-ask-code = Demande un code
act-hide-chat = Cache la conversation
act-pressure = Pression
act-fake-proof = Fausse preuve
act-price-too-good = Prix trop beau
about-act-offer-contact = Donne un numéro, une adresse ou un identifiant d’une autre application.
about-act-ask-contact = Demande un numéro, une adresse ou un identifiant d’une autre application.
about-act-move-channel = Veut continuer dans une autre application ou par téléphone.
about-act-pay-outside = Veut l’argent là où le marché ne peut pas le protéger.
about-act-pay-first = Veut un acompte, des frais ou tout le prix d’avance.
about-act-overpay = Paie trop, ou le prétend, et réclame la différence.
about-act-payment-link = Envoie un lien ou un coursier pour de l’argent ou des données de carte.
about-act-ask-code = Demande un code à usage unique, un mot de passe ou un numéro de carte.
about-act-hide-chat = Demande d’effacer des messages ou de les cacher au marché.
about-act-pressure = Presse, menace ou joue sur la pitié.
about-act-fake-proof = Montre un reçu, un passeport ou une lettre qui ne prouve rien.
about-act-price-too-good = Très en dessous de la valeur de la chose.
mark-list = liste de mots
mark-act = acte
mark-identifier = identifiant
identifier-phone = numéro de téléphone
identifier-email = adresse e-mail
identifier-url = lien
identifier-handle = compte d’une application
identifier-iban = compte bancaire
identifier-card = numéro de carte
identifier-crypto = adresse de cryptomonnaie
identifier-qr = code QR
direction-offers = propose
direction-asks = demande
polarity-warning = une mise en garde, pas un appât
confidence = sûr à { $share }
lexicon-about = Mots et motifs que cherchent les règles, par langue. Chaque texte est comparé à tous.
lexicon-title = Lexique : { $language }
lexicon-none = Aucune liste de mots
lexicon-none-about = Placez-les dans policy/lexicons, un fichier par langue.
lexicon-choose = Choisissez une langue
lexicon-choose-about = Chaque liste est un signal que les règles peuvent lire. Essayez un texte avant de changer quoi que ce soit.
lexicon-how = Un terme simple trouve des mots entiers, quels que soient la casse, les accents, la largeur ou l’espacement ; re: commence un motif.
lexicon-save = Activer
lexicon-saved = Les listes de la langue « { $language } » sont en vigueur.
try-it = Essayer un texte
try-it-about = Il est lu comme le serait un message, et n’est gardé nulle part.
try-it-changed = Il est lu avec les listes telles que vous les avez écrites ci-dessus, et n’est gardé nulle part.
try-it-example = contactez-moi sur WhatsApp, j’y réponds plus vite
try-language = { $language }, sûr à { $share }
try-no-language = la langue ne peut être reconnue
try-nothing = rien n’y a été lu
preview = Les messages de la veille
preview-about = Lit les messages des dernières 24 heures avec vos listes et avec celles en vigueur, puis compare. Rien n’est modifié et les mots restent masqués.
preview-run = Comparer
lexicon-preview = Comparer sur les messages de la veille
preview-read = { $count ->
    [one] { $count } message a été lu.
   *[other] { $count } messages ont été lus.
}
preview-none = Aucune liste n’en touche aucun, ni avant ni après.
preview-samples = Messages qui diffèrent
word-list = Liste de mots
difference = Écart
change-moved = déplacé
quality-about = Ce que vaut la garde des conversations : compté d’après ce que les gens ont constaté, avec des intervalles à 95 %.
quality-none = Rien n’a été dit durant cette période
quality-none-about = Les chiffres viennent des messages et des verdicts donnés aux conversations.
last-days = { $count ->
    [one] Dernier jour
   *[other] { $count } derniers jours
}
quality-messages = { $count ->
    [one] messages dans { $count } conversation
   *[other] messages dans { $count } conversations
}
quality-judged = jugés : { $fraud } fraude, { $fine } sans suite, { $unsure } incertains
quality-precision = Précision
quality-stayed = avertis, puis restés (jamais avertis : { $base } de { $n })
quality-truncated = Seuls les { $count } messages les plus récents ont été examinés.
quality-by = Précision par langue, marché et signal
quality-by-about = Parmi les dossiers jugés, la part de fraude. La ligne pointillée est la part globale : { $base } de { $n }. Les incertains ne comptent pas.
quality-no-verdicts = Personne n’a jugé de conversation durant cette période.
quality-go-judge = Juger la première
quality-part = Partie
by-language = langue
by-market = marché
by-signal = signal lu
judged = Jugés
interval = Intervalle à 95 %
interval-bar = En image
interval-named = { $name }, intervalle à 95 %
interval-short = { $low }–{ $high }, n = { $n }
interval-of = { $hits } de { $n } ; avec 95 % de confiance entre { $low } et { $high }
of-n = { $hits } de { $n }
chart-alerts = Alertes dans les conversations par jour
chart-alerts-at = { $day } · { $count ->
    [one] { $count } alerte
   *[other] { $count } alertes
}
chart-messages = Messages par jour
chart-messages-at = { $day } · { $count ->
    [one] { $count } message
   *[other] { $count } messages
}
chart-opens = Cliquez, ou flèches et Entrée, pour voir les lignes derrière un point
twins = Les listes seules et la politique entière
twin = Manière d’alerter
twin-guard = Politique entière
twin-keyword = Listes seules
twin-alerts = Conversations avec alerte
twin-recall = Fraudes constatées avec alerte
twins-about = Sur les mêmes messages. Les listes sont celles que lisent les règles sur les messages : { $lists }. On juge ce qui a été signalé ; ce que personne n’a signalé manque aux deux.
twins-overlap = Alerte des deux dans { $both }, des listes seules dans { $keyword }, de la politique seule dans { $guard }.
events-about = Tous les événements qui correspondent, du plus récent au plus ancien, avec les colonnes voulues.
events-none-about = Rien dans le journal ne correspond. Élargissez les filtres ou choisissez un autre moment.
event-seq = Rang
score-name = Score de risque
span-between = Du { $from } au { $until }
span-from = À partir du { $from }
span-until = Avant le { $until }
span-clear = Afficher toutes les dates

# Tables
columns = Colonnes
csv-about = Télécharger ces lignes en CSV, masquées comme à l’écran
hits-ever = Déclenchements en tout
last-hit = Dernier déclenchement
rule-events = Événements
rule-when = Condition de la règle
rule-budget = Budget par heure
rule-where = Se trouve dans
delivery-state = État
delivery-what = Quoi
delivery-target = Destination
delivery-when = Quand
delivery-tries = Essais
delivery-error = Dernière erreur
delivery-key = Clé
delivery-do = À faire
delivery-cancel-about = Cela ne partira pas, et c’est sans retour.
canary-share = Part en canari
canary-share-about = Elle agit sur cette part des personnes et des choses ; sur le reste, elle observe seulement.
canary-now = Actuellement : { $share }.
retention-none = Sans limite fixée

# Keyboard
settings-keyboard = Clavier
settings-keyboard-about = Quelle touche fait quoi
keyboard-about = Choisissez d’autres touches pour vos gestes quotidiens. Elles vous suivent dans chaque navigateur.
key-change = Choisir d’autres touches
key-choose = { $name } : { $keys }. Choisir d’autres touches
key-press = Appuyez sur une touche, ou deux de suite
key-reset = Rendre ses touches à « { $name } »
keys-reset-all = { $count ->
    [one] Annuler { $count } changement
   *[other] Annuler { $count } changements
}
keys-reset = Chaque action a retrouvé ses touches.
keys-changed = { $name } : { $keys }.
key-taken = { $keys } fait déjà : { $names }.
key-swap = Les échanger
key-reveal = Afficher ou masquer les mots
area-everywhere = Partout
area-list = Dans les listes
area-live = Dans Direct
area-decision = Dans une décision
area-entity = Sur une entité
area-work = Dans les dossiers et échanges
area-chat = Dans les échanges
area-rules = Dans la liste des règles
area-rule = Sur une règle
area-lexicon = Dans le lexique

# Proposals
proposals = Propositions
proposals-open = { $count ->
    [one] { $count } proposition en attente
   *[other] { $count } propositions en attente
}
proposals-none = Rien n’attend une seconde personne
proposals-about = Une règle qui laisse passer davantage demande deux personnes : l’une l’écrit, l’autre l’approuve ici.
proposal-choose = Choisissez une proposition
proposal-open = en attente
proposal-stale = dépassée
proposal-stale-about = La politique a changé depuis ; elle ne peut plus qu’être refusée et réécrite.
proposal-approved = approuvée
proposal-declined = refusée
proposal-withdrawn = retirée
proposal-line = par { $who } { $when }
proposal-lets = Elle laisse passer davantage : { $rules }.
proposal-mine = Vous l’avez écrite : une autre personne doit l’approuver. Vous pouvez la retirer.
proposal-decided = Décidée par { $who } { $when }.
proposal-approve = Approuver
proposal-approve-about = { $rules } laissera passer davantage dès maintenant. Votre nom et celui de l’auteur figurent dans l’historique.
proposal-is-approved = En vigueur : { $rules }.
proposal-decline = Refuser
proposal-withdraw = Retirer
proposal-gone = Elle n’entrera pas en vigueur.
proposal-made = Elle laisse passer davantage ; une seconde personne doit l’approuver : { $rules }.

# Guard and retention
retention-change = Modifier
retention-change-about = Ce qui est plus ancien est supprimé en quelques minutes et ne revient pas. Ce qui en a été compté demeure.
retention-choice-about = Choisissez une durée suffisante pour votre droit et pour les relectures.
retention-changed = C’est ainsi désormais.
retention-begins = { $market } : depuis le { $when }
retention-empty = { $market } : rien encore
effect-mask = Masquer des parties du message { $detail }
chat-risk = risque { $risk }
kind-text = Texte
type-ban-told = Contacts prévenus d’une exclusion
type-effect-retried = Envoi retenté
type-rule-reset = Règle de nouveau active
type-timer-fired = Minuterie échue
type-attempt-overruled = Tentative passée outre
type-decision-made = Décision prise
copy-to = à
field-same-text = Mêmes mots
