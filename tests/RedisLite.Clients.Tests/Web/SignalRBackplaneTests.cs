using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using RedisLite.Clients.Tests.Support;
using StackExchange.Redis;

namespace RedisLite.Clients.Tests.Web;

/// <summary>SignalR's backplane over Redis: two hosts, and clients of the one that hear and answer the other.</summary>
public sealed class SignalRBackplaneTests : LibraryTests
{
    /// <summary>What the hosts offer.</summary>
    public sealed class ChatHub : Hub
    {
        public Task Join(string room) => Groups.AddToGroupAsync(Context.ConnectionId, room);

        public Task Leave(string room) => Groups.RemoveFromGroupAsync(Context.ConnectionId, room);

        public Task SayToAll(string text) => Clients.All.SendAsync("Said", text);

        public Task SayTo(string room, string text) => Clients.Group(room).SendAsync("Said", text);

        public async Task<string> Ask(string connectionId, string question) =>
            await Clients.Client(connectionId).InvokeAsync<string>("Answer", question, Context.ConnectionAborted);
    }

    protected override async Task RunAsync(IPEndPoint server)
    {
        await using var firstHost = await HostAsync(server);
        await using var secondHost = await HostAsync(server);
        await using var alice = await ClientAsync(firstHost);
        await using var bob = await ClientAsync(secondHost);
        var aliceHears = Messages(alice);
        var bobHears = Messages(bob);
        bob.On("Answer", (string question) => $"{question} Yes.");

        // That a hub's method was served says that its host has subscribed for this connection.
        await bob.InvokeAsync(nameof(ChatHub.Join), "kitchen");
        await alice.InvokeAsync(nameof(ChatHub.Join), "hall");
        await alice.InvokeAsync(nameof(ChatHub.SayToAll), "hello");
        Assert.Equal("hello", await NextAsync(bobHears));
        Assert.Equal("hello", await NextAsync(aliceHears));

        await alice.InvokeAsync(nameof(ChatHub.SayTo), "kitchen", "dinner");
        Assert.Equal("dinner", await NextAsync(bobHears));
        Assert.Equal("Hungry? Yes.", await alice.InvokeAsync<string>(nameof(ChatHub.Ask), bob.ConnectionId, "Hungry?"));

        await bob.InvokeAsync(nameof(ChatHub.Leave), "kitchen");
        await alice.InvokeAsync(nameof(ChatHub.SayTo), "kitchen", "nobody hears this");
        await bob.InvokeAsync(nameof(ChatHub.SayToAll), "good-bye");
        Assert.Equal("good-bye", await NextAsync(aliceHears));
        Assert.Equal("good-bye", await NextAsync(bobHears));
    }

    private static Task<WebApplication> HostAsync(IPEndPoint server) => WebHost.StartAsync(
        services =>
            services.AddSignalR(options => options.ClientTimeoutInterval = SafetyNet).AddStackExchangeRedis(options =>
        {
            options.Configuration = Options(server);
            options.Configuration.ChannelPrefix = RedisChannel.Literal("chat");
        }),
        host => host.MapHub<ChatHub>("/chat"));

    private static async Task<HubConnection> ClientAsync(WebApplication host)
    {
        var client = new HubConnectionBuilder().WithUrl(new Uri(host.Address(), "/chat")).Build();
        client.ServerTimeout = SafetyNet;
        client.HandshakeTimeout = SafetyNet;
        await client.StartAsync();
        return client;
    }

    private static ChannelReader<string> Messages(HubConnection client)
    {
        var channel = Channel.CreateUnbounded<string>();
        client.On("Said", (string text) => channel.Writer.WriteAsync(text).AsTask());
        return channel.Reader;
    }

    private static Task<string> NextAsync(ChannelReader<string> messages) =>
        messages.ReadAsync().AsTask().WaitAsync(SafetyNet);
}
