using Federation.Api;
using Federation.Api.Agents;
using Federation.Api.Meta;
using Federation.Api.Pods;
using Federation.Gateway.Agents;
using Federation.Gateway.Http;
using Federation.Gateway.Resources;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Federation.Gateway.Pods;

/// <summary><c>GET …/pods/NAME/log</c>: the bytes come from the pod's agent, through the connection that the agent opened.</summary>
internal sealed class PodLogEndpoint(PodDirectory pods, StreamBroker streams)
{
    public async Task ServeAsync(HttpContext context, ObjectKey key)
    {
        var view = pods.Find(key) ?? throw new RefusedException(Statuses.NotFound(Kinds.Pod, key.Name));
        var pod = (Pod)view.Resource;
        var query = context.Request.Query;
        var request = new StreamRequest
        {
            Id = Guid.NewGuid().ToString("N"),
            Kind = StreamKind.Logs,
            Namespace = key.Namespace,
            Pod = key.Name,
            Container = ContainerOf(pod, query["container"]),
            Follow = query.Bool("follow") == true,
            Previous = query.Bool("previous") == true,
            TailLines = query.NaturalNumber("tailLines"),
            SinceSeconds = query.NaturalNumber("sinceSeconds"),
            Timestamps = query.Bool("timestamps") == true,
        };
        await using var stream = await streams.OpenAsync(pod.Metadata.Labels[PodLabels.Cluster], request, context.RequestAborted);
        if (stream.Failure is { } failure)
            throw new RefusedException(failure);
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        context.Response.ContentType = "text/plain; charset=utf-8";
        await CopyAsync(stream, context);
    }

    private static async Task CopyAsync(AgentStream stream, HttpContext context)
    {
        var output = context.Response.BodyWriter;
        await output.FlushAsync(context.RequestAborted);
        while (true)
        {
            var read = await stream.Body.ReadAsync(context.RequestAborted);
            foreach (var segment in read.Buffer)
                await output.WriteAsync(segment, context.RequestAborted);
            stream.Body.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
                return;
        }
    }

    private static string ContainerOf(Pod pod, string? wanted)
    {
        var names = pod.Spec.Containers.Select(container => container.Name).ToList();
        if (string.IsNullOrEmpty(wanted))
        {
            return names.Count == 1
                ? names[0]
                : throw new RefusedException(Statuses.BadRequest($"a container name must be specified for pod {pod.Metadata.Name}, choose one of: [{string.Join(' ', names)}]"));
        }

        return names.Contains(wanted) ? wanted : throw new RefusedException(Statuses.BadRequest($"container {wanted} is not valid for pod {pod.Metadata.Name}"));
    }
}
