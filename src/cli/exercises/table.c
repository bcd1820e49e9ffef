/* table.c - the exercises of the course, and the options that each of them heeds, with its defaults. */
#include "cli/exercises/exercises.h"

#define SEEDED "seed=42 out"
#define MODEL "seed=42 threads mode=exact out"
#define MODEL_OR_WEIGHTS "seed=42 weights threads mode=exact out"
#define SCHEDULE "timesteps=1000 schedule=cosine-clipped"
#define POINTS "points=5000 " SCHEDULE " hidden=128"
#define HOW "optimizer=adam warmup=0 decay=off objective=eps stratified=off "
#define TRAIN_POINTS HOW "recipe epochs=100 batch=128 lr=0.001 ema=0 resume"
#define SAMPLE_POINTS "steps method=ddpm eta=0 variance=posterior clip=auto"
#define TRAIN_PICTURES HOW "recipe points=2000 epochs=30 batch=32 lr=0.001 ema=0 resume"
#define PICTURES "height=32 width=32"
#define TRAINED "model.safetensors loss.npy data.npy"

const cli_exercise cli_exercises[] = {
    {"1",
     "Gaussian noise",
     nb_exercise_1,
     {SEEDED, "points=1000"},
     "data.npy levels.npy noisy.npy markov.npy figure.png result.json",
     NULL,
     NULL},
    {"2",
     "Noise schedules",
     nb_exercise_2,
     {"out", "timesteps=1000"},
     "beta.npy alpha_bar.npy figure.png result.json",
     NULL,
     NULL},
    {"3",
     "The reparameterisation trick",
     nb_exercise_3,
     {SEEDED, SCHEDULE},
     "data.npy t.npy noisy.npy figure.png result.json",
     NULL,
     NULL},
    {"4",
     "The score and the noise predictor",
     nb_exercise_4,
     {MODEL_OR_WEIGHTS, POINTS " any-schedule=off"},
     "model.safetensors x.npy t.npy eps.npy grid.npy score_t.npy score.npy learned.npy figure.png "
     "result.json",
     NULL,
     NULL},
    {"5",
     "Training",
     nb_exercise_5,
     {MODEL_OR_WEIGHTS, POINTS " " TRAIN_POINTS},
     TRAINED " figure.png result.json",
     NULL,
     "swiss-roll"},
    {"6",
     "DDPM sampling",
     nb_exercise_6,
     {MODEL_OR_WEIGHTS, POINTS " samples=500 " SAMPLE_POINTS " any-schedule=off", TRAIN_POINTS},
     TRAINED " samples.npy trajectory.npy figure.png result.json",
     "It trains as exercise 5 does, or takes --weights, and samples.\n",
     "swiss-roll"},
    {"7",
     "The mini U-Net",
     nb_exercise_7,
     {MODEL_OR_WEIGHTS, PICTURES},
     "model.safetensors x.npy t.npy eps.npy figure.png result.json",
     NULL,
     NULL},
    {"8",
     "Image generation",
     nb_exercise_8,
     {MODEL_OR_WEIGHTS, TRAIN_PICTURES " timesteps=1000 schedule=linear " PICTURES},
     TRAINED " labels.npy figure.png result.json",
     NULL,
     "shapes"},
    {"9",
     "DDIM",
     nb_exercise_9,
     {MODEL_OR_WEIGHTS,
      "samples=8 timesteps=1000 schedule=linear steps=50 eta=1 clip=off any-schedule=off " PICTURES,
      TRAIN_PICTURES},
     TRAINED " labels.npy samples.npy stochastic.npy figure.png result.json",
     "It trains as exercise 8 does, or takes --weights, and samples twice: by eta = 0, and by --eta.\n",
     "shapes"},
    {"10",
     "Classifier-free guidance",
     nb_exercise_10,
     {MODEL, "points=3000 " SCHEDULE " hidden=128 " TRAIN_POINTS
             " label-dropout=0.1 samples=100 " SAMPLE_POINTS " guidance=0,1,2,5"},
     TRAINED " labels.npy samples.npy figure.png result.json",
     NULL,
     "classes"},
    {"11",
     "What to predict",
     nb_exercise_11,
     {MODEL, "points=5000 timesteps=1000 schedule=cosine hidden=128 optimizer=adam warmup=0 decay=off "
             "stratified=off epochs=100 batch=128 lr=0.001 ema=0 samples=500 steps=50 method=ddim eta=0 "
             "variance=posterior clip=auto resume"},
     "eps.safetensors x0.safetensors v.safetensors eps_loss.npy x0_loss.npy v_loss.npy t.npy "
     "loss_by_level.npy data.npy samples.npy loss.png result.json",
     "It trains one network on the noise, on x_0 and on v, from the same weights by the same draws, and "
     "samples by each.\nloss_by_level.npy has the squared error of the noise at the timesteps of t.npy.\n",
     NULL},
    {"12",
     "Straight paths",
     nb_exercise_12,
     {MODEL, "points=5000 hidden=128 optimizer=adam warmup=0 decay=off stratified=off epochs=100 batch=128 "
             "lr=0.001 ema=0 samples=1000 steps=100 resume"},
     "flow.safetensors reflow.safetensors student.safetensors flow_loss.npy reflow_loss.npy data.npy "
     "samples.npy "
     "paths.npy log_likelihood.npy figure.png result.json",
     "It trains a flow on the swiss roll; then, from there, a second one on pairs of noise and what the "
     "first makes "
     "of it in --steps\nsteps of Euler (reflow); and a student of the second for one step. All are sampled "
     "from the "
     "same noise, by Euler: samples.npy has\nthe flow, the reflow and the student, each in 1, 2 and --steps "
     "steps; "
     "paths.npy the first two on their way.\n",
     NULL},
    {"13",
     "Changing pictures",
     nb_exercise_13,
     {MODEL_OR_WEIGHTS, "samples=8 timesteps=1000 schedule=linear steps=50 any-schedule=off " PICTURES,
      TRAIN_PICTURES},
     TRAINED
     " labels.npy pictures.npy drawn.npy edited.npy filled.npy noise.npy back.npy figure.png result.json",
     "It trains as exercise 8 does, or takes --weights, and changes pictures: two shapes over each other, "
     "back from 5, 15, 30, 50\n"
     "and 80% of the timesteps (SDEdit); shapes whose right half is drawn anew, in one round of --steps and "
     "in 8 of an eighth as\n"
     "many (RePaint); and shapes up to their noise and down again.\n",
     "shapes"},
    {"14",
     "Latents",
     nb_exercise_14,
     {MODEL,
      "points=2000 autoencoder-steps=2000 kl=0.0001 timesteps=1000 schedule=cosine optimizer=adam "
      "warmup=0.02 "
      "decay=on objective=v stratified=on epochs=60 batch=32 lr=0.002 ema=0.99 resume samples=128 steps=50 "
      "method=ddim eta=0 variance=posterior clip=auto"},
     "encoder.safetensors decoder.safetensors model.safetensors autoencoder_error.npy loss.npy latents.npy "
     "decoded.npy "
     "samples.npy figure.png result.json",
     "An autoencoder is trained on scenes, to the bits of lesson 14's cells, then a network that denoises "
     "its latents, which\n"
     "are shifted and divided by their standard deviation (shift, scale in result.json). Training the "
     "autoencoder is not\n"
     "resumed but repeated, with the same result.\n",
     NULL},
    {"15",
     "A picture from words",
     nb_exercise_15,
     {MODEL_OR_WEIGHTS,
      "timesteps=1000 schedule=linear points=8000 samples=100 steps=20 guidance=1,3 any-schedule=off",
      "optimizer=muon warmup=0.02 decay=on objective=x0 stratified=on recipe epochs=6 batch=32 lr=0.004 "
      "ema=0.998 label-dropout=0.1 resume"},
     "model.safetensors loss.npy one.npy one_left_out.npy two.npy figure.png result.json",
     "Scenes of one and two shapes, of which purple triangles, red circles and green squares are left out, "
     "and their "
     "captions;\n--label-dropout empties some of these. Then pictures are drawn from new captions by DDIM, "
     "at each "
     "--guidance: the part\nthat is right in number, shape, colour and place is in result.json, of one "
     "shape, of one "
     "that was left out, and of two.\n",
     "scenes"},
    {"companion",
     "The DDPM companion",
     nb_exercise_companion,
     {MODEL, HOW "recipe timesteps=200 schedule=cosine channels=64 epochs=40 batch=32 lr=0.001 ema=0.995 "
                 "label-dropout=0.1"
                 " samples=10 steps=50 clip=on raw-time=off guidance=0,1,3,7.5,15 data points resume"},
     "forward_t.npy forward.npy forward.png ddpm.npy ddpm.png ddim_steps.npy ddim.npy ddim.png "
     "simple-unet.safetensors"
     " guided.npy guidance.png conditional-unet.safetensors beta.npy alpha_bar.npy schedules.png data.npy "
     "labels.npy"
     " simple_loss.npy conditional_loss.npy loss.png result.json",
     "The square in noise and the loss of the first step are the notebook's, to PyTorch's numbers. Then it "
     "trains: SimpleUNet on\n"
     "digits in colour, for DDPM and DDIM, and ConditionalUNet on grey ones with their classes, for "
     "guidance. All digits are\n"
     "taken unless --points is given. Values lie from -1 to 1. It takes about four minutes of one core at 64 "
     "channels.\n\n"
     "Two things keep the notebook's settings from learning. Its networks take t itself, up to 199, into a "
     "linear layer: the loss\n"
     "starts in the thousands and comes down to 1, which is predicting no noise at all. So the weights of "
     "that layer start T times\n"
     "smaller, as if the network took t / T; --raw-time on shows the difference. And the linear schedule "
     "with T = 200 leaves\n"
     "alpha_bar at 0.13, where sampling starts from 0: training takes the cosine schedule. The networks see "
     "4 pixels in each\n"
     "direction, which is why the pictures are this small.\n",
     "digits"},
    {.name = NULL},
};
