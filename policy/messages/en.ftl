# What people of the market read, in their language. { $market } is the market's name.
safety-off-platform = Stay in this chat, please. People who ask you to move to another app are hard to help with if something goes wrong. On { $market } your payment is protected only here.
safety-pay-outside = Never pay outside { $market }. Transfers, gift cards and crypto sent to strangers do not come back. Pay at checkout and your money is protected.
safety-code = Nobody from { $market } will ask for a code sent to your phone. Do not share it with anybody.
listing-held = Your listing is waiting for a short check. You do not need to do anything; we usually answer within a few hours.
listing-price-cap = This price is above the limit { $market } sets for this category. Lower the price, or answer here if you think we are wrong.
account-devices = Your account was used from several new devices. If this was not you, change your password now.
