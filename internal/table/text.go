package table

import (
	"io"
	"strings"

	"github.com/rivo/uniseg"
)

// gap stands between two columns.
const gap = "  "

// Columns writes rows of text with aligned columns. A last column is not padded.
func Columns(w io.Writer, rows [][]string) error {
	return writeRows(w, printable(rows), nil)
}

// Grid writes a table with a head. right tells which columns are numbers, which
// stand to the right; it may be shorter than head.
func Grid(w io.Writer, head []string, right []bool, rows [][]string) error {
	return writeRows(w, printable(append([][]string{head}, rows...)), right)
}

func printable(rows [][]string) [][]string {
	out := make([][]string, len(rows))
	for i, row := range rows {
		out[i] = make([]string, len(row))
		for j, cell := range row {
			out[i][j] = Printable(cell)
		}
	}
	return out
}

func writeRows(w io.Writer, rows [][]string, right []bool) error {
	width := widths(rows)
	for _, row := range rows {
		if err := writeRow(w, row, width, right); err != nil {
			return err
		}
	}
	return nil
}

func widths(rows [][]string) []int {
	var width []int
	for _, row := range rows {
		for j, cell := range row {
			if j == len(width) {
				width = append(width, 0)
			}
			width[j] = max(width[j], uniseg.StringWidth(cell))
		}
	}
	return width
}

func writeRow(w io.Writer, row []string, width []int, right []bool) error {
	var b strings.Builder
	for j, cell := range row {
		pad := strings.Repeat(" ", max(0, width[j]-uniseg.StringWidth(cell)))
		switch {
		case j < len(right) && right[j]:
			b.WriteString(pad + cell)
		case j == len(row)-1:
			b.WriteString(cell)
		default:
			b.WriteString(cell + pad)
		}
		if j < len(row)-1 {
			b.WriteString(gap)
		}
	}
	b.WriteByte('\n')
	_, err := io.WriteString(w, b.String())
	return err
}
