"""A bank that tells a balance and its hours, without texts: an agent that is quickly trained."""

AGENT = """
name: small
title: Small Bank
locales: [en-US]
greeting: Hello.
entities:
  account: {options: {checking: [checking account], savings: [savings account]}}
  customer_number: {digits: {min: 8, max: 8}}
slots:
  account: {entity: account}
  customer: {entity: customer_number, keep: true}
  pin: {secure: {min_digits: 4, max_digits: 8, label: pin}}
intents:
  balance:
    title: Ask for a balance
    starts: balance
    examples: ["what is the balance of my {account}", "balance of my {account}", "how much is on my {account}"]
  hours: {title: Ask when we are open, starts: hours, examples: [when are you open, opening hours, do you open today]}
connectors:
  bank:
    operations:
      balance:
        arguments: {account: option, customer: digits, pin: secret}
        outcomes: {ok: {balance: money}, wrong_pin: {}, locked: {}, unknown_customer: {}}
transfers: {person: {title: Somebody}}
policies: {person: person}
flows:
  hours: {title: Tell the hours, steps: [{say: "From nine to five."}]}
  balance:
    title: Tell a balance
    steps:
      - {ask: account, name: account, text: "Which account?"}
      - {ask: customer, name: customer, text: "Which customer number?"}
      - {collect: pin, name: pin, text: "Your PIN please."}
      - call: bank.balance
        name: look_up
        arguments: {account: account, customer: customer, pin: pin}
        outcomes: {ok: tell, wrong_pin: wrong, locked: failed, unknown_customer: failed, failed: failed}
      - {say: "It is {{ balance }}.", name: tell, next: finish}
      - {say: "That PIN is not right.", name: wrong, next: pin}
      - {transfer: person, name: failed, say: "Somebody will help."}
"""
