# What people of the market read, in their language. { $market } is the market's name.
safety-off-platform = Stay in this chat, please. People who ask you to move to another app are hard to help with if something goes wrong. On { $market } your payment is protected only here.
safety-pay-outside = Never pay outside { $market }. Transfers, gift cards and crypto sent to strangers do not come back. Pay at checkout and your money is protected.
safety-code = Nobody from { $market } will ask for a code sent to your phone. Do not share it with anybody.
listing-held = Your listing is waiting for a short check. You do not need to do anything; we usually answer within a few hours.
listing-price-cap = This price is above the limit { $market } sets for this category. Lower the price, or answer here if you think we are wrong.
account-devices = Your account was used from several new devices. If this was not you, change your password now.
safety-guard = Something in this conversation looks like a trick to us. Keep talking and paying on { $market } only, never send a code, and do not open links to pay. If in doubt, ask us before you answer.
safety-link = We have closed a link in this conversation: it does not lead to { $market }. Pay and get paid only at checkout here, never on a page somebody sends you.
safety-keep-here = Please keep contact details out of the chat. On { $market } both of you are protected only as long as you talk and pay here.
safety-counterpart-banned = Somebody you wrote with has been removed from { $market }. If you paid or sent anything outside, tell us today; do not send anything more.
