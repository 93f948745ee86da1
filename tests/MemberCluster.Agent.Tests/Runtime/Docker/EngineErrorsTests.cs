using System.Net;
using System.Net.Sockets;
using MemberCluster.Agent.Runtime;
using MemberCluster.Agent.Runtime.Docker;

namespace MemberCluster.Agent.Tests.Runtime.Docker;

/// <summary>Answers as engines of several versions give them.</summary>
public sealed class EngineErrorsTests
{
    [Theory]
    [InlineData("Create", 404, "No such image: a:1", RuntimeFailure.ImageNotFound)]
    [InlineData("Create", 409, "Conflict. The container name \"/a\" is already in use by container \"b\".", RuntimeFailure.Conflict)]
    [InlineData("Create", 400, "invalid reference format: repository name must be lowercase", RuntimeFailure.InvalidImageName)]
    [InlineData("Create", 400, "invalid mount config for type \"bind\": bind source path does not exist: /x", RuntimeFailure.InvalidRequest)]
    [InlineData("Create", 500, "mkdir /var/lib/docker/overlay2/x: no space left on device", RuntimeFailure.DiskFull)]
    [InlineData("Start", 400, "OCI runtime create failed: exec: \"/x\": no such file or directory: unknown", RuntimeFailure.StartFailed)]
    [InlineData("Start", 500, "failed to create task for container: failed to create shim task: OCI runtime create failed: x", RuntimeFailure.StartFailed)]
    [InlineData("Start", 400, "unable to find user nobody2: no matching entries in passwd file", RuntimeFailure.StartFailed)]
    [InlineData("Start", 500, "failed to write /x: no space left on device: unknown", RuntimeFailure.DiskFull)]
    [InlineData("Start", 500, "dial unix /run/containerd/containerd.sock: connect: connection refused", RuntimeFailure.EngineFault)]
    [InlineData("Start", 404, "No such container: a", RuntimeFailure.NotFound)]
    [InlineData("Start", 404, "network a not found", RuntimeFailure.NotFound)]
    [InlineData("Start", 409, "cannot join network of a non running container: a", RuntimeFailure.Conflict)]
    [InlineData("Other", 404, "No such container: a", RuntimeFailure.NotFound)]
    [InlineData("Other", 403, "error while removing network: network a id b has active endpoints", RuntimeFailure.Conflict)]
    [InlineData("Other", 403, "forbidden by authorization plugin", RuntimeFailure.PermissionDenied)]
    [InlineData("Other", 409, "remove a: volume is in use - [b]", RuntimeFailure.Conflict)]
    [InlineData("Other", 503, "daemon is shutting down", RuntimeFailure.EngineUnavailable)]
    [InlineData("Other", 500, "something else", RuntimeFailure.EngineFault)]
    [InlineData("Image", 404, "No such image: a:1", RuntimeFailure.ImageNotFound)]
    [InlineData("Image", 404, "reference does not exist", RuntimeFailure.ImageNotFound)]
    [InlineData("Pull", 404, "manifest for a:1 not found: manifest unknown: manifest unknown", RuntimeFailure.ImageNotFound)]
    [InlineData("Pull", 404, "pull access denied for a, repository does not exist or may require 'docker login'", RuntimeFailure.PullFailed)]
    [InlineData("Pull", 500, "failed to resolve reference \"a:1\": a:1: not found", RuntimeFailure.ImageNotFound)]
    [InlineData("Pull", 500, "write /x: no space left on device", RuntimeFailure.DiskFull)]
    public void Classify_Answer_HasItsMeaning(string kind, int status, string message, RuntimeFailure expected) =>
        EngineErrors.Classify(Kind(kind), (HttpStatusCode)status, message).ShouldBe(expected);

    [Theory]
    [InlineData("Head \"http://127.0.0.1:5000/v2/a/manifests/1\": no basic auth credentials", PullFailureReason.Unauthorized)]
    [InlineData("unauthorized: authentication required", PullFailureReason.Unauthorized)]
    [InlineData("pull access denied for a, repository does not exist or may require 'docker login'", PullFailureReason.Unauthorized)]
    [InlineData("Get \"https://r.example/v2/\": dial tcp 10.0.0.1:443: connect: connection refused", PullFailureReason.Unreachable)]
    [InlineData("Get \"https://r.example/v2/\": dial tcp: lookup r.example: no such host", PullFailureReason.Unreachable)]
    [InlineData("Get \"https://r.example/v2/\": x509: certificate signed by unknown authority", PullFailureReason.Unreachable)]
    [InlineData("Get \"https://r.example/v2/\": net/http: request canceled while waiting for connection (Client.Timeout exceeded)", PullFailureReason.Unreachable)]
    [InlineData("toomanyrequests: You have reached your pull rate limit.", PullFailureReason.RateLimited)]
    [InlineData("filesystem layer verification failed", PullFailureReason.Unknown)]
    public void ClassifyPull_Words_HaveTheirReason(string message, PullFailureReason expected)
    {
        var exception = EngineErrors.FromStream(new EngineCall("pull image a", EngineCallKind.Pull), message);
        exception.Failure.ShouldBe(RuntimeFailure.PullFailed);
        exception.PullReason.ShouldBe(expected);
        exception.EngineMessage.ShouldBe(message);
        exception.Message.ShouldBe($"Cannot pull image a: {message}");
    }

    [Theory]
    [InlineData(SocketError.AccessDenied, RuntimeFailure.PermissionDenied)]
    [InlineData(SocketError.ConnectionRefused, RuntimeFailure.EngineUnavailable)]
    [InlineData(SocketError.AddressNotAvailable, RuntimeFailure.EngineUnavailable)]
    public void FromTransport_SocketError_HasItsMeaning(SocketError error, RuntimeFailure expected)
    {
        var endpoint = DockerEndpoint.Parse("unix:///run/x.sock");
        var exception = EngineErrors.FromTransport(new EngineCall("list containers"), endpoint, new HttpRequestException("x", new SocketException((int)error)));
        exception.Failure.ShouldBe(expected);
        exception.Message.ShouldContain("unix:///run/x.sock");
    }

    private static EngineCallKind Kind(string name) => name switch
    {
        "Create" => EngineCallKind.CreateContainer,
        "Start" => EngineCallKind.StartContainer,
        "Pull" => EngineCallKind.Pull,
        "Image" => EngineCallKind.Image,
        _ => EngineCallKind.Other,
    };
}
