"""What people say that no agent is for: examples of `out_of_scope`, beside which an agent's own intents are learnt.

Those that are close to one of an agent's own examples are left out when it is trained.
"""

from __future__ import annotations

from typing import Final

BACKGROUND: Final = tuple(
    """
    what is the weather like today
    will it rain tomorrow
    tell me a joke
    sing me a song
    who won the football match last night
    what is the capital of australia
    how tall is the eiffel tower
    how far is the moon
    play some music
    turn off the lights in the kitchen
    set an alarm for six in the morning
    set a timer for ten minutes
    what time is it in tokyo
    how do i cook rice
    give me a recipe for pancakes
    how many calories are in a banana
    book a table for two at an italian restaurant
    order a pizza with extra cheese
    find me a cheap flight to rome
    is my flight delayed
    book a hotel in paris for the weekend
    how do i get to the train station
    is there a lot of traffic on the highway
    when is the next bus
    call me a taxi
    my car will not start
    when should i change the oil in my car
    how do i fix a flat tyre
    what is the best phone to buy
    my laptop is very slow
    how do i connect my printer
    translate good morning into spanish
    how do you say thank you in japanese
    what does serendipity mean
    how do you spell necessary
    what is the square root of sixteen
    how many ounces are in a pound
    convert ten miles to kilometres
    who is the president of france
    who wrote romeo and juliet
    what year did the war end
    tell me about the history of rome
    what is the meaning of life
    do you believe in god
    are you a robot
    what is your name
    how old are you
    where do you live
    do you have any hobbies
    what is your favourite colour
    do you like cats or dogs
    i love you
    will you marry me
    you are stupid
    my dog ate my homework
    my cat is sick
    i have a headache
    what should i take for a cold
    i need to see a doctor
    how do i lose weight
    recommend a good book
    what is a good movie to watch tonight
    when does the new season start
    what are the lottery numbers
    who is the best football player
    what is the score of the game
    tell me the news
    what is happening in the world
    what is my horoscope
    flip a coin
    roll a dice
    pick a number between one and ten
    what should i wear today
    where can i buy shoes
    how do i remove a stain from a shirt
    when is easter this year
    what day is it today
    how many days until christmas
    remind me to buy milk
    add bread to my shopping list
    read me my messages
    send a text to my mother
    what is on my calendar for today
    take a picture
    how do plants grow
    why is the sky blue
    how do airplanes fly
    what do bees eat
    how big is an elephant
    what is the fastest animal
    teach me to play the guitar
    how do i learn to swim
    what is the best way to study
    help me with my homework
    write a poem about the sea
    tell me a story
    what is for dinner
    i am hungry
    i am bored
    i am tired
    it is raining outside
    the food was delicious
    my neighbour is too loud
    the fence needs painting
    the children are playing in the garden
    we went to the beach on sunday
    she bought a new dress
    he is reading the newspaper
    the train was late again
    look at that bird
    blah blah blah
    asdf qwerty
    la la la
    testing one two
    the quick brown fox jumps over the lazy dog
    colourless green ideas sleep furiously
    """.strip().splitlines()
)
EXAMPLES: Final = tuple(line.strip() for line in BACKGROUND)
