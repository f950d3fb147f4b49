# Ce que les membres lisent, dans leur langue. { $market } est le nom du marché.
safety-off-platform = Restez dans cette messagerie. Si l’on vous entraîne vers une autre application, nous pourrons difficilement vous aider en cas de problème. Sur { $market }, votre paiement n’est protégé qu’ici.
safety-pay-outside = Ne payez jamais en dehors de { $market }. Un virement, une carte cadeau ou des cryptomonnaies envoyés à un inconnu ne reviennent pas. Payez au moment de la commande : votre argent est protégé.
safety-code = Personne chez { $market } ne vous demandera un code reçu sur votre téléphone. Ne le communiquez à personne.
listing-held = Votre annonce attend une courte vérification. Vous n’avez rien à faire ; nous répondons en général en quelques heures.
listing-price-cap = Ce prix dépasse la limite fixée par { $market } pour cette catégorie. Baissez le prix, ou répondez ici si vous pensez que nous avons tort.
account-devices = Votre compte a servi sur plusieurs nouveaux appareils. Si ce n’était pas vous, changez votre mot de passe maintenant.
