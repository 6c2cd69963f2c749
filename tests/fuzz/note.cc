// Signed notes and checkpoints. A note of ours opens and no note that differs from it in a byte
// does; a checkpoint that can be read is written the same.
#include "publish/note.h"

#include "fuzz/target.h"

using namespace teller;

FUZZ_TARGET(note) {
  static const Signer signer("election.example/fuzz", {1, 2, 3});
  static const std::string key = signer.verifier_key();
  const std::string_view text = as_text(input);

  const auto told = [](const Error& error) {
    check(fuzz::is_known(error.code) && error.remedy == Remedy::reject, "a refusal has a code");
  };
  if (const auto opened = open_note(text, key)) {
    check(text.starts_with(*opened) && text.find(signer.name()) != std::string_view::npos,
          "what opens is a part of the note");
  } else {
    told(opened.error());
  }
  static const std::string good = signer.sign("a text\n");
  if (const auto opened = open_note(good, text); opened) {
    check(text == key, "only its own key opens a note");
  } else {
    told(opened.error());
  }
  if (const auto checkpoint = parse_checkpoint(text)) {
    check(to_text(*checkpoint) == text, "one content, one byte string");
  } else {
    told(checkpoint.error());
  }

  // Two bytes say where and how a note that is good is changed; the rest is its text.
  if (text.size() < 4) return;
  std::string note = signer.sign(std::string(text.substr(3)) + "\n");
  const auto opened = open_note(note, key);
  check(opened && *opened == std::string(text.substr(3)) + "\n", "what was signed opens");
  const std::size_t at = (std::size_t{input[0]} << 8 | input[1]) % note.size();
  const auto by = static_cast<char>(input[2]);
  if (by == 0) return;
  note[at] = static_cast<char>(note[at] ^ by);
  check(!open_note(note, key), "a note with one byte changed does not open");
}
