// The program `teller`; all that it does is in the library beside this.
#include "cli/program.h"

int main(int argc, char** argv) { return teller::cli::run_program(argc, argv); }
