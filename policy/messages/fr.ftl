# Ce que les membres lisent, dans leur langue. { $market } est le nom du marché.
safety-off-platform = Restez dans cette messagerie. Si l’on vous entraîne vers une autre application, nous pourrons difficilement vous aider en cas de problème. Sur { $market }, votre paiement n’est protégé qu’ici.
safety-pay-outside = Ne payez jamais en dehors de { $market }. Un virement, une carte cadeau ou des cryptomonnaies envoyés à un inconnu ne reviennent pas. Payez au moment de la commande : votre argent est protégé.
safety-code = Personne chez { $market } ne vous demandera un code reçu sur votre téléphone. Ne le communiquez à personne.
listing-held = Votre annonce attend une courte vérification. Vous n’avez rien à faire ; nous répondons en général en quelques heures.
listing-price-cap = Ce prix dépasse la limite fixée par { $market } pour cette catégorie. Baissez le prix, ou répondez ici si vous pensez que nous avons tort.
account-devices = Votre compte a servi sur plusieurs nouveaux appareils. Si ce n’était pas vous, changez votre mot de passe maintenant.
safety-guard = Cette conversation ressemble à une tentative de tromperie. Continuez à parler et à payer uniquement sur { $market }, n’envoyez jamais de code et n’ouvrez aucun lien de paiement. En cas de doute, demandez-nous avant de répondre.
safety-link = Nous avons fermé un lien dans cette conversation : il ne mène pas à { $market }. Payez et soyez payé uniquement ici, jamais sur une page que quelqu’un vous envoie.
safety-keep-here = Merci de ne pas échanger de coordonnées dans la messagerie. Sur { $market }, vous n’êtes protégés tous les deux que si vous parlez et payez ici.
safety-counterpart-banned = Une personne avec qui vous avez échangé a été exclue de { $market }. Si vous avez payé ou envoyé quelque chose en dehors, dites-le-nous aujourd’hui ; n’envoyez plus rien.
