"""The add-on for learners: a program that runs in their Anki, and uses none of ours."""
