using System.Text;

namespace RedisLite.Benchmark.Reporting;

/// <summary>Rows of cells, written as a Markdown table with columns aligned in the source too.</summary>
internal sealed class MarkdownTable(params string[] headers)
{
    private readonly List<string[]> _rows = [];

    /// <summary>Adds a row with as many cells as there are headers.</summary>
    public void Add(params string[] cells)
    {
        if (cells.Length != headers.Length)
            throw new ArgumentException($"A row of {headers.Length} cells was expected, not {cells.Length}.", nameof(cells));
        _rows.Add([.. cells.Select(cell => cell.Replace("|", "\\|", StringComparison.Ordinal))]);
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        var widths = headers.Select((header, column) => _rows.Select(row => row[column].Length).Append(header.Length).Max());
        int[] columns = [.. widths];
        var text = new StringBuilder();
        AppendRow(text, headers, columns);
        text.Append('|');
        for (var column = 0; column < columns.Length; column++)
            text.Append(column == 0 ? $" {new string('-', columns[column])} |" : $" {new string('-', Math.Max(1, columns[column] - 1))}: |");
        text.Append('\n');
        foreach (var row in _rows)
            AppendRow(text, row, columns);
        return text.ToString();
    }

    private static void AppendRow(StringBuilder text, string[] cells, int[] widths)
    {
        text.Append('|');
        for (var column = 0; column < cells.Length; column++)
        {
            var cell = column == 0 ? cells[column].PadRight(widths[column]) : cells[column].PadLeft(widths[column]);
            text.Append(' ').Append(cell).Append(" |");
        }

        text.Append('\n');
    }
}
