namespace Federation.Storage;

/// <summary>How far ahead of its backup a restored store goes on.</summary>
/// <remarks>
/// A backup does not know how many revisions were given out after it was made. They are not given out again: who has one of them (a watch, a secondary that goes by a zone's
/// serial) would take what comes for what it knows. So the gap is longer than any history after a backup that is worth putting back (28 hours of 1000 writes a second, 4 months of 10), and far
/// shorter than 2^31, the most that a serial may move at once (RFC 1982).
/// </remarks>
public static class RestoreGap
{
    public const long Revisions = 100_000_000;
}
