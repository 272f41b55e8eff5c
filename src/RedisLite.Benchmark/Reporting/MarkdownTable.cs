using System.Text;

namespace RedisLite.Benchmark.Reporting;

/// <summary>Rows of cells, written as a Markdown table with columns aligned in the source too.</summary>
internal sealed class MarkdownTable(params string[] headers)
{
    /// <summary>
    /// How many columns, from the first, hold text and are aligned to the left; the rest hold numbers.
    /// </summary>
    public int TextColumns { get; init; } = 1;

    private readonly List<string[]> _rows = [];

    /// <summary>Adds a row with as many cells as there are headers.</summary>
    public void Add(params string[] cells)
    {
        if (cells.Length != headers.Length)
            throw new ArgumentException(
                $"A row of {headers.Length} cells was expected, not {cells.Length}.", nameof(cells));
        _rows.Add([.. cells.Select(cell => cell.Replace("|", "\\|", StringComparison.Ordinal))]);
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        var widths = headers.Select(
            (header, column) => _rows.Select(row => row[column].Length).Append(header.Length).Max());
        int[] columns = [.. widths];
        var text = new StringBuilder();
        AppendRow(text, headers, columns);
        text.Append('|');
        for (var column = 0; column < columns.Length; column++)
        {
            var isText = column < TextColumns;
            var dashes = new string('-', isText ? columns[column] : Math.Max(1, columns[column] - 1));
            text.Append(isText ? $" {dashes} |" : $" {dashes}: |");
        }

        text.Append('\n');
        foreach (var row in _rows)
            AppendRow(text, row, columns);
        return text.ToString();
    }

    private void AppendRow(StringBuilder text, string[] cells, int[] widths)
    {
        text.Append('|');
        for (var column = 0; column < cells.Length; column++)
        {
            var cell = column < TextColumns ? cells[column].PadRight(widths[column]) : cells[column].PadLeft(
                widths[column]);
            text.Append(' ').Append(cell).Append(" |");
        }

        text.Append('\n');
    }
}
