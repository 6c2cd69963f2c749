// Checks an export of Teller with code that is not Teller's: Go's golang.org/x/mod/sumdb, which Go's
// own checksum database is read with. See test_go.py beside this folder.
//
//	interop log URL KEY               the public log over HTTP: checkpoint, statements, every hash tile; with TELLER_TOKEN, if set
//	interop export DIR KEY            checkpoint, tiles, bundles, statements, the roots they state
//	interop proof FILE KEY            what `teller prove` printed
//	interop ed25519 FILE              which of the cases are accepted, one true or false a line
package main

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

// The rule that every verifier of Teller follows (schema/export.md): Go accepts points of small order,
// libsodium does not, so they are sorted out first. All eight, and their other spellings.
var smallOrder = func() [][]byte {
	var list [][]byte
	for _, text := range []string{
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0100000000000000000000000000000000000000000000000000000000000000",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	} {
		point, err := hex.DecodeString(text)
		if err != nil {
			panic(err)
		}
		list = append(list, point)
	}
	return list
}()

func isSmallOrder(point []byte) bool {
	masked := append([]byte{}, point...)
	masked[31] &= 0x7f
	for _, small := range smallOrder {
		if bytes.Equal(masked, small) {
			return true
		}
	}
	return false
}

func accept(key, message, signature []byte) bool {
	if len(key) != ed25519.PublicKeySize || len(signature) != ed25519.SignatureSize {
		return false
	}
	return !isSmallOrder(key) && !isSmallOrder(signature[:32]) && ed25519.Verify(key, message, signature)
}

// Where files come from: a folder, or a server.
type source func(path string) ([]byte, error)

func folder(name string) source {
	return func(path string) ([]byte, error) { return os.ReadFile(filepath.Join(name, path)) }
}

func server(url string) source {
	return func(path string) ([]byte, error) {
		request, err := http.NewRequest(http.MethodGet, url+"/"+path, nil)
		if err != nil {
			return nil, err
		}
		if token := os.Getenv("TELLER_TOKEN"); token != "" {
			request.Header.Set("Authorization", "Bearer "+token)
		}
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			return nil, err
		}
		defer answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			return nil, fmt.Errorf("%s: %s", path, answer.Status)
		}
		return io.ReadAll(answer.Body)
	}
}

func (from source) below(prefix string) source {
	return func(path string) ([]byte, error) { return from(prefix + "/" + path) }
}

// One log: C2SP tlog-tiles, read as Go reads a checksum database.
type log struct {
	from source
	tree tlog.Tree
}

func (l *log) Height() int { return height }
func (l *log) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		data, err := l.from(tilePath(tile))
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}
func (l *log) SaveTiles([]tlog.Tile, [][]byte) {}

// Go's "tile/8/0/x001/067" is "tile/0/x001/067" in C2SP tlog-tiles, where the height is fixed.
func tilePath(tile tlog.Tile) string {
	return "tile/" + strings.TrimPrefix(tile.Path(), fmt.Sprintf("tile/%d/", height))
}

func (l *log) hashes() tlog.HashReader { return tlog.TileHashReader(l.tree, l) }

// Every leaf hash, in order. ReadHashes holds tiles against the root, but not all of them: where several of the subtrees that
// make up the tree lie in one tile, it passes over as many full tiles (x/mod v0.17.0). So the root is made of the leaves again.
func (l *log) leaves() ([]tlog.Hash, error) {
	indexes := make([]int64, l.tree.N)
	for i := range indexes {
		indexes[i] = tlog.StoredHashIndex(0, int64(i))
	}
	hashes, err := l.hashes().ReadHashes(indexes)
	if err == nil && rootOf(hashes) != l.tree.Hash {
		err = errors.New("the leaves do not lead to the root")
	}
	return hashes, err
}

// RFC 6962, 2.1.
func rootOf(leaves []tlog.Hash) tlog.Hash {
	if len(leaves) == 1 {
		return leaves[0]
	}
	left := 1
	for left*2 < len(leaves) {
		left *= 2
	}
	return tlog.NodeHash(rootOf(leaves[:left]), rootOf(leaves[left:]))
}

// Every entry, in order, each held against its leaf hash.
func (l *log) entries() ([][]byte, error) {
	var all [][]byte
	for n := int64(0); n*256 < l.tree.N; n++ {
		width := l.tree.N - n*256
		if width > 256 {
			width = 256
		}
		path := tilePath(tlog.Tile{H: height, L: 0, N: n, W: int(width)})
		data, err := l.from(strings.Replace(path, "tile/0/", "tile/entries/", 1))
		if err != nil {
			return nil, err
		}
		for i := int64(0); i < width; i++ {
			if len(data) < 2 || len(data) < 2+int(binary.BigEndian.Uint16(data)) {
				return nil, errors.New("a bundle ends too early")
			}
			size := 2 + int(binary.BigEndian.Uint16(data))
			all = append(all, data[2:size])
			data = data[size:]
		}
		if len(data) != 0 {
			return nil, errors.New("bytes behind a bundle")
		}
	}
	hashes, err := l.leaves()
	if err != nil {
		return nil, err
	}
	for i, entry := range all {
		if tlog.RecordHash(entry) != hashes[i] {
			return nil, fmt.Errorf("entry %d does not have its leaf hash", i)
		}
	}
	return all, nil
}

type strict struct {
	note.Verifier
	key []byte
}

func (s strict) Verify(message, signature []byte) bool {
	return s.Verifier.Verify(message, signature) && accept(s.key, message, signature)
}

func openCheckpoint(text []byte, vkey string) (tlog.Tree, error) {
	var tree tlog.Tree
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return tree, err
	}
	// name+hash+key, and base64 may have a plus in it.
	key, err := base64.StdEncoding.DecodeString(strings.SplitN(vkey, "+", 3)[2])
	if err != nil || len(key) != 33 {
		return tree, errors.New("not an Ed25519 verifier key")
	}
	opened, err := note.Open(text, note.VerifierList(strict{verifier, key[1:]}))
	if err != nil {
		return tree, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[3] != "" || lines[0] != verifier.Name() {
		return tree, errors.New("not a checkpoint of three lines")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tree, err
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

type stated struct {
	size int64
	root tlog.Hash
}

func parseStatement(text []byte) (partitions []stated, err error) {
	for _, line := range strings.Split(string(text), "\n") {
		words := strings.Fields(line)
		if len(words) != 10 || words[0] != "partition" {
			continue
		}
		size, err := strconv.ParseInt(words[7], 10, 64)
		if err != nil {
			return nil, err
		}
		root, err := hex.DecodeString(words[9])
		if err != nil || len(root) != 32 {
			return nil, errors.New("a root that is none")
		}
		one := stated{size: size}
		copy(one.root[:], root)
		partitions = append(partitions, one)
	}
	return partitions, nil
}

func checkExport(name, vkey string) error {
	from := folder(name)
	return checkLogs(from.below("statements"), from, vkey, func(votes *log) (int, error) {
		found, err := votes.entries()
		return len(found), err
	})
}

// What is served has no entries of votes.
func checkServed(url, vkey string) error {
	from := server(url)
	return checkLogs(from, from, vkey, func(votes *log) (int, error) {
		found, err := votes.leaves()
		return len(found), err
	})
}

func checkLogs(from, partitions source, vkey string, read func(votes *log) (int, error)) error {
	text, err := from("checkpoint")
	if err != nil {
		return err
	}
	tree, err := openCheckpoint(text, vkey)
	if err != nil {
		return err
	}
	statements := &log{from: from, tree: tree}
	all, err := statements.entries()
	if err != nil {
		return err
	}
	last, err := parseStatement(all[len(all)-1])
	if err != nil {
		return err
	}
	votes := 0
	for i, one := range last {
		if one.size == 0 {
			continue
		}
		of := partitions.below(fmt.Sprintf("partitions/%04d", i))
		found, err := read(&log{from: of, tree: tlog.Tree{N: one.size, Hash: one.root}})
		if err != nil {
			return fmt.Errorf("partition %d: %w", i, err)
		}
		votes += found
	}
	// Every earlier statement is consistent with the tree, by Go's own proofs.
	for size := int64(1); size <= tree.N; size++ {
		root, err := tlog.TreeHash(size, statements.hashes())
		if err != nil {
			return err
		}
		proof, err := tlog.ProveTree(tree.N, size, statements.hashes())
		if err != nil {
			return err
		}
		if err := tlog.CheckTree(proof, tree.N, tree.Hash, size, root); err != nil {
			return err
		}
	}
	fmt.Printf("statements %d entries %d\n", len(all), votes)
	return nil
}

type statementProof struct {
	Text  string   `json:"text"`
	Index int64    `json:"index"`
	Path  []string `json:"path"`
}
type proofFile struct {
	Teller     string         `json:"teller"`
	Checkpoint string         `json:"checkpoint"`
	Entry      string         `json:"entry"`
	Partition  int            `json:"partition"`
	Index      int64          `json:"index"`
	Path       []string       `json:"path"`
	Statement  statementProof `json:"statement"`
	From       statementProof `json:"from"`
	To         statementProof `json:"to"`
	Root       string         `json:"root"`
	Partitions []struct {
		Path []string `json:"path"`
	} `json:"partitions"`
}

func toHash(text string) (hash tlog.Hash, err error) {
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != 32 {
		return hash, errors.New("not a hash: " + text)
	}
	copy(hash[:], raw)
	return hash, nil
}

func toHashes(texts []string) (hashes []tlog.Hash, err error) {
	for _, text := range texts {
		hash, err := toHash(text)
		if err != nil {
			return nil, err
		}
		hashes = append(hashes, hash)
	}
	return hashes, nil
}

func checkStatement(proof statementProof, tree tlog.Tree) ([]stated, error) {
	path, err := toHashes(proof.Path)
	if err != nil {
		return nil, err
	}
	if err := tlog.CheckRecord(path, tree.N, tree.Hash, proof.Index, tlog.RecordHash([]byte(proof.Text))); err != nil {
		return nil, err
	}
	return parseStatement([]byte(proof.Text))
}

func checkProof(file, vkey string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var proof proofFile
	if err := json.Unmarshal(text, &proof); err != nil {
		return err
	}
	tree, err := openCheckpoint([]byte(proof.Checkpoint), vkey)
	if err != nil {
		return err
	}
	if proof.Teller == "inclusion/1" {
		partitions, err := checkStatement(proof.Statement, tree)
		if err != nil {
			return err
		}
		entry, err := base64.StdEncoding.DecodeString(proof.Entry)
		if err != nil {
			return err
		}
		path, err := toHashes(proof.Path)
		if err != nil {
			return err
		}
		one := partitions[proof.Partition]
		if err := tlog.CheckRecord(path, one.size, one.root, proof.Index, tlog.RecordHash(entry)); err != nil {
			return err
		}
		fmt.Println("included")
		return nil
	}
	from, err := checkStatement(proof.From, tree)
	if err != nil {
		return err
	}
	to, err := checkStatement(proof.To, tree)
	if err != nil {
		return err
	}
	root, err := toHash(proof.Root)
	if err != nil {
		return err
	}
	path, err := toHashes(proof.Path)
	if err != nil {
		return err
	}
	if err := tlog.CheckTree(path, tree.N, tree.Hash, proof.From.Index+1, root); err != nil {
		return err
	}
	for i := range from {
		if from[i].size == 0 {
			continue
		}
		path, err := toHashes(proof.Partitions[i].Path)
		if err != nil {
			return err
		}
		if err := tlog.CheckTree(path, to[i].size, to[i].root, from[i].size, from[i].root); err != nil {
			return fmt.Errorf("partition %d: %w", i, err)
		}
	}
	fmt.Println("consistent")
	return nil
}

func checkEd25519(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var cases []struct {
		Message, Signature string
		Key                string `json:"pub_key"`
	}
	if err := json.Unmarshal(text, &cases); err != nil {
		return err
	}
	for _, one := range cases {
		message, err1 := hex.DecodeString(one.Message)
		key, err2 := hex.DecodeString(one.Key)
		signature, err3 := hex.DecodeString(one.Signature)
		if err1 != nil || err2 != nil || err3 != nil {
			return errors.New("a case that is not hexadecimal")
		}
		fmt.Println(accept(key, message, signature))
	}
	return nil
}

func main() {
	var err error
	switch {
	case len(os.Args) == 4 && os.Args[1] == "export":
		err = checkExport(os.Args[2], os.Args[3])
	case len(os.Args) == 4 && os.Args[1] == "log":
		err = checkServed(os.Args[2], os.Args[3])
	case len(os.Args) == 4 && os.Args[1] == "proof":
		err = checkProof(os.Args[2], os.Args[3])
	case len(os.Args) == 3 && os.Args[1] == "ed25519":
		err = checkEd25519(os.Args[2])
	default:
		err = errors.New("usage: interop log URL KEY | export DIR KEY | proof FILE KEY | ed25519 FILE")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "interop:", err)
		os.Exit(1)
	}
}
