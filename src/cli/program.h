// teller: one program for all that is done to a count. Each command is one file beside this one.
#pragma once

namespace teller::cli {

// Does what the command line says. Gives the exit code (command.h).
[[nodiscard]] int run_program(int argc, const char* const* argv);

}  // namespace teller::cli
