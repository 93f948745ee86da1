using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Federation.Api;
using Federation.Api.Json;
using Federation.Api.Meta;
using Federation.Gateway.Http;
using Federation.Gateway.Resources;
using Federation.Gateway.Sources;
using Federation.Gateway.Tables;

namespace Federation.Gateway.Watching;

/// <summary>Writes the lines of one watch: <c>{"type":"ADDED","object":{…}}</c>.</summary>
internal sealed class WatchFrames(PipeWriter output, KindDefinition kind, ObjectFilter filter, AnswerForm form, TableWriter tables, IncludeObject include)
{
    private bool _hasSentColumns;

    /// <summary>What a change is for this watch: an object that begins to match is ADDED, one that stops is DELETED.
    /// <code>
    /// matched before   matches after   event
    /// no               yes             ADDED
    /// yes              yes             MODIFIED
    /// yes              no, or deleted  DELETED
    /// no               no              none
    /// </code></summary>
    /// <returns>False: nothing was written.</returns>
    public bool Write(in ObjectChange change)
    {
        var (matched, matches) = filter.Judge(change);
        if (matches)
            Write(matched ? "MODIFIED" : "ADDED", change.After);
        else if (matched)
            Write("DELETED", change.IsDelete ? change.After : change.Before!.At(change.After.Revision));
        return matched || matches;
    }

    public void Write(string type, ObjectView view)
    {
        Begin(type);
        if (form == AnswerForm.Table)
        {
            output.Write(tables.WriteTable(kind, [view], new TableMeta(view.Revision, null, null), include, withColumns: !_hasSentColumns));
            _hasSentColumns = true;
        }
        else
        {
            view.WriteTo(output, form);
        }

        End();
    }

    /// <param name="isInitialEventsEnd">The objects there were at the start have all been sent.</param>
    public void WriteBookmark(long revision, bool isInitialEventsEnd = false)
    {
        var annotations = isInitialEventsEnd ? ",\"annotations\":{\"k8s.io/initial-events-end\":\"true\"}" : "";
        Begin("BOOKMARK");
        if (form == AnswerForm.Table)
            Write($$"""{"kind":"Table","apiVersion":"meta.k8s.io/v1","metadata":{"resourceVersion":"{{revision}}"{{annotations}}},"columnDefinitions":[],"rows":[]}""");
        else if (form == AnswerForm.Metadata)
            Write($$"""{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":{"resourceVersion":"{{revision}}"{{annotations}} } }""");
        else
            Write($$"""{"kind":"{{kind.Kind}}","apiVersion":"{{kind.ApiVersion}}","metadata":{"resourceVersion":"{{revision}}"{{annotations}} } }""");
        End();
    }

    public void WriteError(Status status)
    {
        Begin("ERROR");
        output.Write(ApiJson.ToUtf8(status));
        End();
    }

    private void Begin(string type) => output.Write(type switch
    {
        "ADDED" => "{\"type\":\"ADDED\",\"object\":"u8,
        "MODIFIED" => "{\"type\":\"MODIFIED\",\"object\":"u8,
        "DELETED" => "{\"type\":\"DELETED\",\"object\":"u8,
        "BOOKMARK" => "{\"type\":\"BOOKMARK\",\"object\":"u8,
        _ => "{\"type\":\"ERROR\",\"object\":"u8,
    });

    private void End() => output.Write("}\n"u8);

    private void Write(string text) => Encoding.UTF8.GetBytes(text, output);
}
