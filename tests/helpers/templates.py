"""Card templates and cloze texts of every make, for Hypothesis to draw from."""

from hypothesis import strategies as st

NAMES = ("One", "Two", "Three")

VALUES = ("", " ", "<br>", "<div> </div>", "<DIV/>", "x", "&nbsp;", "\u00a0", "0", "<b></b>")

LEAVES = (
    *("text", " ", "<!-- {{One}} -->", "{", "{{{One}}}", "{{ Two }}", "{{:One}}"),
    "{{cloze:Three}}",
    *("{{One}}", "{{text:Two}}", "{{type:Three}}", "{{hint:One}}", "{{tts en_US:One}}"),
    *("{{FrontSide}}", "{{Tags}}", "{{Deck}}", "{{Card}}", "{{Type}}", "{{Subdeck}}"),
    "{{CardFlag}}",
)

CONDITIONS = ("{{#%s}}%s{{/%s}}", "{{^%s}}%s{{/%s}}", "{{# %s}}%s{{/ %s}}")

FRONTS = st.recursive(
    st.sampled_from(LEAVES),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map("".join),
        st.builds(
            lambda form, name, text: form % (name, text, name),
            st.sampled_from(CONDITIONS),
            st.sampled_from((*NAMES, "Tags", "Deck")),
            inner,
        ),
    ),
    max_leaves=6,
)

CLOZE_WORDS = (
    *("{{c1::", "{{c2::", "{{c1,3::", "{{c0::", "{{c501::", "{{c99999::", "{{c12,::", "{{c,::"),
    *("}}", "::", "x", "{{", "{{c1:", "{{C1::", "}", "<b>", "{{c3::y}}", "{{c4::{{c5::z}}::h}}"),
)
