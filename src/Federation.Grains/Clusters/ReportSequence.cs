using Federation.Api.Agents;

namespace Federation.Grains.Clusters;

/// <summary>What to do with a report, judged by its place in its session.</summary>
internal enum ReportVerdict
{
    /// <summary>The next one, or a full one: take it.</summary>
    Accept,

    /// <summary>Taken already; the answer got lost.</summary>
    Repeat,

    /// <summary>Something before it is missing: only a full report helps.</summary>
    Resync,
}

/// <summary>Follows one agent session's sequence numbers. A fresh one (after an activation) trusts nothing but a full report.</summary>
/// <remarks>
/// | session | sequence      | full | verdict |
/// |---------|---------------|------|---------|
/// | same    | already taken | any  | Repeat  |
/// | same    | next          | any  | Accept  |
/// | same    | later         | yes  | Accept  |
/// | same    | later         | no   | Resync  |
/// | other   | any           | yes  | Accept  |
/// | other   | any           | no   | Resync  |
/// </remarks>
internal sealed class ReportSequence
{
    private string? _session;

    public long Acknowledged { get; private set; }

    /// <summary>A full report was taken, and every one after it.</summary>
    public bool IsSynced => _session is not null;

    public ReportVerdict Take(Report report)
    {
        if (report.Session == _session)
        {
            if (report.Sequence <= Acknowledged)
                return ReportVerdict.Repeat;
            if (report.Sequence != Acknowledged + 1 && !report.Full)
                return ReportVerdict.Resync;
        }
        else if (!report.Full)
        {
            return ReportVerdict.Resync;
        }

        (_session, Acknowledged) = (report.Session, report.Sequence);
        return ReportVerdict.Accept;
    }

    /// <summary>What a verdict of Resync acknowledges: nothing of a session that is not followed.</summary>
    public long AcknowledgedOf(string session) => session == _session ? Acknowledged : 0;
}
