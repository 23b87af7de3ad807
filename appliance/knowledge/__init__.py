"""Knowledge: what a box may answer from, without any I/O.

**Base**: documents that belong together. **Document**: a file as blocks of text under headings. **Passage**: a piece of
a document, small enough to be found and quoted. **Answer**: sentences of one passage, word for word, with their source.
"""
