// What clients wrote down: JSON lines, as tests/history/clients.py writes them.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strings"
)

// Line is one call of a client, or the end of a process. Times are nanoseconds of one clock.
type Line struct {
	Op     string // cast, read, ended
	Call   int64
	Return int64

	// Of a cast: entries of one body. Recorded: the server said of all of them that they are. Otherwise nobody knows.
	Recorded bool
	Entries  []Entry

	// Of a read: votes by option (an option that is not there has none), or the counters of what was looked at, or both of one
	// commit. Settled: a process that was told to stop has ended well since the last cast.
	Commit  int64
	Votes   map[string]int64
	Head    *Head
	Settled bool
}

// Entry is a ballot with one mark. Ids that meet share a group: the options "12a" and "12b" are of group 12.
type Entry struct {
	Id     string
	Option string
}

// Head holds how many entries have been looked at, and what became of them.
type Head struct{ Recorded, Counted, Duplicate, Conflict, Rejected int64 }

func groupOf(option string) string { return option[:len(option)-1] }

// readHistory gives the lines of a file. A cast of which nothing is known may take effect until its process has ended: that is
// when it returns.
func readHistory(path string) ([]Line, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var lines []Line
	scanner := bufio.NewScanner(file)
	scanner.Buffer(nil, 64<<20)
	for number := 1; scanner.Scan(); number++ {
		decoder := json.NewDecoder(strings.NewReader(scanner.Text()))
		decoder.DisallowUnknownFields()
		var line Line
		if err := decoder.Decode(&line); err != nil {
			return nil, fmt.Errorf("%s: line %d: %w", path, number, err)
		}
		if line.Op != "ended" && line.Return < line.Call {
			return nil, fmt.Errorf("%s: line %d: it returns before it is called", path, number)
		}
		lines = append(lines, line)
	}
	if err := scanner.Err(); err != nil {
		return nil, err
	}
	for i := range lines {
		if cast := &lines[i]; cast.Op == "cast" && !cast.Recorded {
			cast.Return = math.MaxInt64
			for _, end := range lines {
				if end.Op == "ended" && end.Return > cast.Call && end.Return < cast.Return {
					cast.Return = end.Return
				}
			}
		}
	}
	return lines, nil
}
